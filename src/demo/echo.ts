import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AssertionCheck, AssertionVerdict } from './assertion-check.ts';

/**
 * Answers with the request as it arrived: method, path, header fields in their order, how long the body was, and what the
 * gateway's signature is worth.
 */
export function answerWithEcho(req: IncomingMessage, res: ServerResponse, check: AssertionCheck): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => (bytes += chunk.length));
  req.on('error', () => res.destroy());
  const answer = async (): Promise<void> => {
    const text = `${JSON.stringify(describe(req, bytes, await check(req)), null, 2)}\n`;
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    res.end(text);
  };
  req.on('end', () => void answer());
}

function describe(req: IncomingMessage, bodyBytes: number, assertion: AssertionVerdict | null) {
  return {
    upstream: 'the demo upstream received this request',
    method: req.method,
    path: req.url,
    headers: headerFields(req.rawHeaders),
    body_bytes: bodyBytes,
    assertion,
  };
}

/** Names as they were spelled; a field that stands more than once has all its values. */
function headerFields(rawHeaders: readonly string[]): Record<string, string | string[]> {
  const fields = new Map<string, string[]>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    fields.set(name, [...(fields.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  );
}
