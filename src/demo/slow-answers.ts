import type { IncomingMessage, ServerResponse } from 'node:http';

const eventEveryMs = 1000;
const pieceEveryMs = 250;
const pieceBytes = 16 * 1024;
const pieces = 40;

/** An event stream (text/event-stream): one numbered event a second until the client leaves. */
export function answerWithEvents(req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  req.resume();
  let number = 0;
  repeat(res, eventEveryMs, () => {
    number++;
    res.write(`id: ${number}\ndata: {"number":${number}}\n\n`);
  });
}

/** A download of 640 KiB that takes ten seconds. */
export function answerWithDownload(req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': pieceBytes * pieces });
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  req.resume();
  const piece = Buffer.alloc(pieceBytes, 'wayleave\n');
  let sent = 0;
  repeat(res, pieceEveryMs, () => {
    sent++;
    res.write(piece);
    if (sent === pieces) res.end();
  });
}

/** Does something now and at every interval, until the answer has ended or its reader has left. */
function repeat(res: ServerResponse, everyMs: number, step: () => void): void {
  const timer = setInterval(step, everyMs);
  res.on('close', () => clearInterval(timer));
  res.on('finish', () => clearInterval(timer));
  step();
}
