import { Pool } from 'undici';
import type { Upstream } from '../config/compiled.ts';
import type { Load } from './balance.ts';
import { Connection } from './connection.ts';

/** One target of an upstream and the connections to it. */
export interface Target extends Load {
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** The authority for the Host header, which TLS also verifies the certificate against. */
  readonly authority: string;
  readonly isTls: boolean;
  readonly pool: Pool;
}

const answerHeadBytes = 64 * 1024;

/** Makes a target that nothing is under way to; it connects when the first request goes there. */
export function openTarget(origin: string, { timeouts, maxConnections }: Upstream): Target {
  const url = new URL(origin);
  const pool = new Pool(origin, {
    connections: maxConnections,
    factory: (target, options) => new Connection(target, options),
    // More than one request on a connection would let a slow answer hold up the next.
    pipelining: 1,
    connect: { timeout: timeouts.connectMs },
    maxHeaderSize: answerHeadBytes,
    strictContentLength: true,
  });
  return {
    origin,
    authority: url.host,
    isTls: url.protocol === 'https:',
    pool,
    underWayMax: maxConnections,
    underWay: 0,
  };
}
