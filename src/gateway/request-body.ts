import { Transform, type Readable, type TransformCallback } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.ts';
import type { CleanRequest } from './sanitize.ts';

/** A chunked body grew past the route's bound while it was being forwarded. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** The client fell silent in the middle of its body. */
export class BodyTooSlow extends Error {
  override readonly name = 'BodyTooSlow';
}

/** Whether a request carries a body; one of a known length of 0 does not. */
export function hasBody(request: CleanRequest): boolean {
  return request.chunked || (request.contentLength ?? 0) > 0;
}

/**
 * The body to forward: the request itself where the parser enforces a length known beforehand, else a stream that
 * counts bytes and fails with BodyTooLarge.
 */
export function boundedBody(exchange: Exchange, request: CleanRequest, maxBytes: number): Readable {
  const { req } = exchange;
  if (!request.chunked) {
    exchange.bytesIn = request.contentLength ?? 0;
    return req;
  }
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      exchange.bytesIn += chunk.length;
      if (exchange.bytesIn > maxBytes) done(new BodyTooLarge(`the body is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
  req.on('error', (error) => counter.destroy(error));
  req.on('close', () => {
    if (!req.complete) counter.destroy(new Error('the client left in the middle of its body'));
  });
  req.pipe(counter);
  return counter;
}

const checkEveryMs = 500;

/**
 * Watches that a body keeps arriving. Time during which the upstream does not read does not count.
 * @returns stops the watch
 */
export function watchSilence(req: IncomingMessage, idleMs: number, onSilent: () => void): () => void {
  let seenBytes = req.socket.bytesRead;
  let silentMs = 0;
  const everyMs = Math.min(checkEveryMs, idleMs);
  const timer = setInterval(() => {
    if (req.complete) {
      clearInterval(timer);
      return;
    }
    const isHeldUp = req.isPaused() || req.readableLength > 0;
    silentMs = isHeldUp || req.socket.bytesRead !== seenBytes ? 0 : silentMs + everyMs;
    seenBytes = req.socket.bytesRead;
    if (silentMs < idleMs) return;
    clearInterval(timer);
    onSilent();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
