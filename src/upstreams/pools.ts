import type { Upstream } from '../config/compiled.ts';
import { Balance } from './balance.ts';
import { openTarget, type Target } from './target.ts';

/** A target, and how many configurations use it. */
interface Held {
  readonly target: Target;
  holders: number;
}

/** Why nothing can be sent to an upstream now. */
export type Shortage = 'full';

const noTargets: readonly Target[] = [];

/** The connections to every target of every upstream, which it hands out by turn or by load. */
export class UpstreamPools {
  readonly #balances = new Map<string, Balance<Target>>();
  /** By what makes a target what it is. */
  readonly #held = new Map<string, Held>();

  /** @param before of the configuration before: the connections to what is the same in both are shared */
  constructor(upstreams: Iterable<Upstream>, before?: UpstreamPools) {
    for (const upstream of upstreams) {
      const targets = upstream.targets.map((origin) => this.#hold(upstream, origin, before));
      this.#balances.set(upstream.name, new Balance(targets, upstream.balance === 'least_connections'));
    }
  }

  /**
   * The target that a request goes to: the next in turn, or the one with the least under way, that has room.
   * @param tried those that the request could not be sent to
   */
  choose(upstream: string, tried: readonly Target[] = noTargets): Target | undefined {
    return this.#balances.get(upstream)?.choose(tried);
  }

  /** Why there is nothing to choose for a new request; undefined: there is. */
  shortage(upstream: string): Shortage | undefined {
    return this.#balances.get(upstream)?.isFull === true ? 'full' : undefined;
  }

  /** All that an upstream has, in the order of gateway.yaml. */
  targets(upstream: string): readonly Target[] {
    return this.#balances.get(upstream)?.targets ?? noTargets;
  }

  /** Closes the connections that no other configuration uses, each when what is under way on it is over. */
  async close(): Promise<void> {
    await Promise.all(this.#letGo().map(({ target }) => target.pool.close()));
  }

  /** Closes every connection; requests under way end with an error. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ target }) => target.pool.destroy()));
  }

  #hold(upstream: Upstream, origin: string, before: UpstreamPools | undefined): Target {
    const { name, timeouts, maxConnections } = upstream;
    const key = JSON.stringify([name, origin, timeouts.connectMs, maxConnections]);
    const own = this.#held.get(key);
    if (own !== undefined) return own.target;
    const known = before === undefined ? undefined : before.#held.get(key);
    const held = known ?? { target: openTarget(origin, upstream), holders: 0 };
    held.holders++;
    this.#held.set(key, held);
    return held.target;
  }

  /** @returns what nobody holds any more */
  #letGo(): Held[] {
    const held = [...this.#held.values()];
    for (const one of held) one.holders--;
    return held.filter(({ holders }) => holders === 0);
  }
}
