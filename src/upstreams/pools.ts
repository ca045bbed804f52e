import { Pool } from 'undici';
import type { Upstream } from '../config/compiled.ts';

/** One target of an upstream and the connections to it. */
export interface Target {
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** The authority for the Host header, which TLS also verifies the certificate against. */
  readonly authority: string;
  readonly isTls: boolean;
  readonly pool: Pool;
}

const connectionsPerTarget = 1024;
const answerHeadBytes = 64 * 1024;

/** The connections to every target of every upstream, which it hands out in turn. */
export class UpstreamPools {
  readonly #targets = new Map<string, readonly Target[]>();
  readonly #turns = new Map<string, number>();

  constructor(upstreams: Iterable<Upstream>) {
    for (const upstream of upstreams) {
      this.#targets.set(
        upstream.name,
        upstream.targets.map((origin) => openTarget(origin, upstream.timeouts.connectMs)),
      );
    }
  }

  /** The targets of an upstream in the order to try them for one request; each call begins one further on. */
  inTurn(upstream: string): readonly Target[] {
    const targets = this.#targets.get(upstream) ?? [];
    if (targets.length < 2) return targets;
    const turn = this.#turns.get(upstream) ?? 0;
    this.#turns.set(upstream, (turn + 1) % targets.length);
    return [...targets.slice(turn), ...targets.slice(0, turn)];
  }

  /** Closes every connection; requests under way end with an error. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#targets.values()].flat().map((target) => target.pool.destroy()));
  }
}

function openTarget(origin: string, connectMs: number): Target {
  const url = new URL(origin);
  const pool = new Pool(origin, {
    connections: connectionsPerTarget,
    // More than one request on a connection would let a slow answer hold up the next.
    pipelining: 1,
    connect: { timeout: connectMs },
    maxHeaderSize: answerHeadBytes,
    strictContentLength: true,
  });
  return { origin, authority: url.host, isTls: url.protocol === 'https:', pool };
}
