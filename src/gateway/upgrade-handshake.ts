import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Exchange } from './exchange.ts';
import type { Target } from '../upstreams/target.ts';

/** An upgrade request for a target. */
export interface Handshake {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name, value, name, value, with the fields of the upgrade itself. */
  readonly headers: readonly string[];
  readonly connectMs: number;
  /** Until the answer begins, once connected. */
  readonly responseMs: number;
  /** The client's end of the tunnel to be: without it there is nobody to shake hands for. */
  readonly client: Socket;
  /** Whoever ends it ends the handshake. */
  readonly exchange: Exchange;
}

export type HandshakeEnd =
  /** `head` is what came behind the 101. */
  | {
      readonly kind: 'switched';
      readonly answer: http.IncomingMessage;
      readonly upstream: Socket;
      readonly head: Buffer;
    }
  | { readonly kind: 'answered'; readonly answer: http.IncomingMessage }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Offers an upgrade to a target, on a connection of its own and never one of the pool's: whatever follows on it can reach
 * no other client.
 */
export function shakeHands(handshake: Handshake, target: Target): Promise<HandshakeEnd> {
  const { client, exchange } = handshake;
  if (client.destroyed) return Promise.resolve({ kind: 'failed', error: clientGone() });
  const attempt = (target.isTls ? https : http).request(requestOptions(handshake, target));
  exchange.course = { stop: (reason) => attempt.destroy(reason) };
  return new Promise((resolve) => {
    const onClientGone = (): void => void attempt.destroy(clientGone());
    const giveUp = (code: string) => () =>
      void attempt.destroy(Object.assign(new Error('no answer in time'), { code }));
    let timer = setTimeout(giveUp('UND_ERR_CONNECT_TIMEOUT'), handshake.connectMs);
    // The request has gone out, so there is a connection.
    attempt.once('finish', () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp('ETIMEDOUT'), handshake.responseMs);
    });
    const settle = (end: HandshakeEnd): void => {
      clearTimeout(timer);
      client.off('close', onClientGone);
      resolve(end);
    };
    client.once('close', onClientGone);
    attempt.on('upgrade', (answer, upstream: Socket, head) => {
      upstream.on('error', () => upstream.destroy());
      settle({ kind: 'switched', answer, upstream, head });
    });
    attempt.on('response', (answer) => settle({ kind: 'answered', answer }));
    attempt.on('error', (error) => settle({ kind: 'failed', error }));
    attempt.end();
  });
}

function requestOptions(handshake: Handshake, target: Target): http.RequestOptions {
  const url = new URL(target.origin);
  return {
    agent: false,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (target.isTls ? 443 : 80) : Number(url.port),
    method: handshake.method,
    path: handshake.path,
    // Node takes a flat list as well, which keeps order and duplicates.
    headers: handshake.headers,
    setHost: false,
  };
}

function clientGone(): Error {
  return new Error('the client has left');
}
