import { createServer, type Socket } from 'node:net';
import { announce } from './announce.ts';

/**
 * The upstream behind every peer: HTTP/1.1 on a bare socket, so that it takes as little as possible of the machine that
 * the peers are measured on. It answers 1 KiB of JSON; a path that ends in `/echo` is answered with the request's head.
 */
const headEnd = '\r\n\r\n';
const payload = JSON.stringify({ id: 42, name: 'device', padding: '' });
const answer = respond(payload.replace('""', `"${'x'.repeat(1024 - payload.length)}"`), 'application/json');

class Connection {
  readonly #socket: Socket;
  #head = '';
  #bodyBytesLeft = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.#read(chunk));
  }

  #read(chunk: Buffer): void {
    const skipped = Math.min(this.#bodyBytesLeft, chunk.length);
    this.#bodyBytesLeft -= skipped;
    if (skipped > 0 && this.#bodyBytesLeft === 0) this.#socket.write(answer);
    this.#head += chunk.toString('latin1', skipped);
    for (let end = this.#head.indexOf(headEnd); end !== -1; end = this.#head.indexOf(headEnd)) {
      const head = this.#head.slice(0, end + headEnd.length);
      this.#head = this.#head.slice(head.length);
      this.#answer(head);
    }
  }

  #answer(head: string): void {
    const length = head.startsWith('GET') ? 0 : contentLength(head);
    if (length > this.#head.length) {
      this.#bodyBytesLeft = length - this.#head.length;
      this.#head = '';
      return;
    }
    this.#head = this.#head.slice(length);
    this.#socket.write(head.startsWith('/echo ', head.indexOf(' HTTP/') - 5) ? respond(head, 'text/plain') : answer);
  }
}

function contentLength(head: string): number {
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`the upstream reads bodies with Content-Length alone, but got:\n${head}`);
  return Number(length);
}

function respond(body: string, type: string): Buffer {
  const fields = [
    `Content-Type: ${type}`,
    `Content-Length: ${body.length}`,
    'Date: Thu, 01 Jan 2026 00:00:00 GMT',
    'Cache-Control: private, max-age=60',
    'ETag: "33a64df551425fcc"',
    'Vary: Accept-Encoding',
  ];
  return Buffer.from(`HTTP/1.1 200 OK\r\n${fields.join('\r\n')}${headEnd}${body}`, 'latin1');
}

announce(createServer((socket) => new Connection(socket)));
