import type { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';

const keepAliveMs = 30_000;

/** Nobody minds silence on a stream, so a peer that is gone without a word is found by the system's probes. */
export function probePeer(socket: Socket): void {
  socket.setKeepAlive(true, keepAliveMs);
}

/**
 * Counts the time for the answer of a stream from the end of its upload, which may be silent for long before.
 * @returns stops counting
 */
export function awaitAnswer(exchange: Exchange, body: Readable, responseMs: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onEnd = (): void => {
    timer = setTimeout(() => {
      if (exchange.upstreamAnsweredAt === undefined) exchange.course?.stop(noAnswer());
    }, responseMs);
  };
  body.once('end', onEnd);
  return () => {
    body.off('end', onEnd);
    clearTimeout(timer);
  };
}

function noAnswer(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}
