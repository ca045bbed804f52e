import { Pool } from 'undici';
import type { Upstream } from '../config/compiled.ts';
import { Connection } from './connection.ts';

/** One target of an upstream and the connections to it. */
export interface Target {
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** The authority for the Host header, which TLS also verifies the certificate against. */
  readonly authority: string;
  readonly isTls: boolean;
  readonly pool: Pool;
  /** Requests and tunnels of this node, kept by whoever sends them on. */
  underWay: number;
}

/** A target, and how many configurations use it. */
interface SharedTarget extends Target {
  holders: number;
}

const connectionsPerTarget = 1024;
const answerHeadBytes = 64 * 1024;

/** The connections to every target of every upstream, which it hands out by turn or by load. */
export class UpstreamPools {
  readonly #targets = new Map<string, readonly Target[]>();
  readonly #turns = new Map<string, number>();
  readonly #byLoad = new Set<string>();
  /** By what makes a target what it is. */
  readonly #held = new Map<string, SharedTarget>();

  /** @param before of the configuration before: the connections to what is the same in both are shared */
  constructor(upstreams: Iterable<Upstream>, before?: UpstreamPools) {
    for (const upstream of upstreams) {
      if (upstream.balance === 'least_connections') this.#byLoad.add(upstream.name);
      this.#targets.set(
        upstream.name,
        upstream.targets.map((origin) => this.#hold(upstream, origin, before)),
      );
    }
  }

  /**
   * The targets of an upstream in the order to try them for one request: each call begins one further on, or with those
   * that have the least under way.
   */
  inOrder(upstream: string): readonly Target[] {
    const targets = this.#targets.get(upstream) ?? [];
    if (targets.length < 2) return targets;
    const turn = this.#turns.get(upstream) ?? 0;
    this.#turns.set(upstream, (turn + 1) % targets.length);
    const inTurn = [...targets.slice(turn), ...targets.slice(0, turn)];
    return this.#byLoad.has(upstream) ? inTurn.toSorted((one, other) => one.underWay - other.underWay) : inTurn;
  }

  /** Closes the connections that no other configuration uses, each when what is under way on it is over. */
  async close(): Promise<void> {
    await Promise.all(this.#letGo().map((target) => target.pool.close()));
  }

  /** Closes every connection; requests under way end with an error. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#held.values()].map((target) => target.pool.destroy()));
  }

  #hold({ name, timeouts }: Upstream, origin: string, before: UpstreamPools | undefined): Target {
    const key = `${name} ${timeouts.connectMs} ${origin}`;
    const known = before === undefined ? undefined : before.#held.get(key);
    const target = this.#held.get(key) ?? known ?? openTarget(origin, timeouts.connectMs);
    if (!this.#held.has(key)) target.holders++;
    this.#held.set(key, target);
    return target;
  }

  /** @returns the targets that nobody holds any more */
  #letGo(): SharedTarget[] {
    const held = [...this.#held.values()];
    for (const target of held) target.holders--;
    return held.filter(({ holders }) => holders === 0);
  }
}

function openTarget(origin: string, connectMs: number): SharedTarget {
  const url = new URL(origin);
  const pool = new Pool(origin, {
    connections: connectionsPerTarget,
    factory: (target, options) => new Connection(target, options),
    // More than one request on a connection would let a slow answer hold up the next.
    pipelining: 1,
    connect: { timeout: connectMs },
    maxHeaderSize: answerHeadBytes,
    strictContentLength: true,
  });
  return { origin, authority: url.host, isTls: url.protocol === 'https:', pool, underWay: 0, holders: 0 };
}
