import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
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
 * The body to forward. It fails with BodyTooLarge, and when the client leaves. Whoever reads it may destroy it at any
 * time: the request behind it, and with it the client's connection, stays, and what still comes is thrown away.
 */
export class RequestBody extends Readable {
  readonly #req: IncomingMessage;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onEnd = (): void => void this.push(null);
  readonly #onClose = (): void => {
    if (!this.#req.readableEnded) this.destroy(new Error('the client left in the middle of its body'));
  };

  constructor(exchange: Exchange, maxBytes: number) {
    super();
    const { req } = exchange;
    this.#req = req;
    this.#onData = (chunk) => {
      exchange.bytesIn += chunk.length;
      if (exchange.bytesIn > maxBytes) this.destroy(new BodyTooLarge(`the body is larger than ${maxBytes} bytes`));
      else if (!this.push(chunk)) req.pause();
    };
    // It may fail while no upstream listens: before one is connected, and after one has refused.
    this.on('error', () => undefined);
    req.on('end', this.#onEnd).on('close', this.#onClose);
  }

  override _read(): void {
    if (this.#req.listenerCount('data') === 0) this.#req.on('data', this.#onData);
    this.#req.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#req.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    this.#req.resume();
    done(error);
  }
}

const wholeBytesMax = 64 * 1024;

/**
 * The body of a request that has arrived whole by now and is small: as bytes it costs half of what a stream does.
 * undefined: it is to be streamed.
 */
export function takeWhole({ req }: Exchange, { contentLength }: CleanRequest): Buffer | undefined {
  if (contentLength === undefined || contentLength > wholeBytesMax || req.readableLength !== contentLength) {
    return undefined;
  }
  const bytes: unknown = req.read();
  if (!Buffer.isBuffer(bytes)) return undefined;
  // Nothing follows; its end is still to be read.
  req.resume();
  return bytes;
}

const lingerMs = 2000;

/**
 * Throws away for a while what a client still sends of a body that nobody wants any more. A connection that is closed
 * with bytes unread is reset, and the reset may overtake the answer that says why (RFC 9112, section 9.6).
 * @param done is called once: the body has ended, its client has left, or time is up
 */
export function discardBody(req: IncomingMessage, done: () => void): void {
  const finish = (): void => {
    clearTimeout(timer);
    req.off('close', finish);
    done();
  };
  const timer = setTimeout(finish, lingerMs);
  req.once('close', finish);
  req.resume();
}

const checkEveryMs = 500;
/** Several looks, between which the event loop reads sockets: after a stall one look could miss what has arrived. */
const looksMin = 4;

/**
 * Watches that a body keeps arriving. Time during which the upstream does not read does not count.
 * @returns stops the watch
 */
export function watchSilence(req: IncomingMessage, idleMs: number, onSilent: () => void): () => void {
  let seenBytes = req.socket.bytesRead;
  let silentMs = 0;
  const everyMs = Math.min(checkEveryMs, idleMs / looksMin);
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
