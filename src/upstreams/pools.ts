import type { Upstream } from '../config/compiled.ts';
import { Balance } from './balance.ts';
import type { HealthChecks } from './health-checks.ts';
import { openTarget, type Target } from './target.ts';
import type { TargetHealth } from './target-health.ts';

/** A target, and how many configurations use it. */
interface Held {
  readonly target: Target;
  holders: number;
}

/** A target of an upstream. */
export interface Member {
  readonly target: Target;
  /** undefined: it is not checked. */
  readonly health: TargetHealth | undefined;
}

interface Group {
  readonly members: readonly Member[];
  /** Of those that are healthy. */
  readonly balance: Balance<Target>;
  readonly checkEveryMs: number;
  /** The count of changes that the balance has been told of. */
  knownChanges: number;
}

/** Why nothing can be sent to an upstream now. */
export type Shortage = { readonly kind: 'full' } | { readonly kind: 'unhealthy'; readonly checkEveryMs: number };

export interface PoolsOptions {
  /** Those of the configuration before: the connections to what is the same in both are shared. */
  readonly before?: UpstreamPools | undefined;
  /** Without it every target is taken for healthy. */
  readonly health?: Pick<HealthChecks, 'of' | 'changes'> | undefined;
}

const unchecked: NonNullable<PoolsOptions['health']> = { of: () => undefined, changes: 0 };

/** The connections to every target of every upstream, which it hands out by turn or by load. */
export class UpstreamPools {
  readonly #health: NonNullable<PoolsOptions['health']>;
  readonly #groups = new Map<string, Group>();
  /** By what makes a target what it is. */
  readonly #held = new Map<string, Held>();

  constructor(upstreams: Iterable<Upstream>, { before, health = unchecked }: PoolsOptions = {}) {
    this.#health = health;
    for (const upstream of upstreams) {
      const members = upstream.targets.map((origin) => {
        return { target: this.#hold(upstream, origin, before), health: health.of(upstream, origin) };
      });
      const balance = new Balance<Target>([], upstream.balance === 'least_connections');
      const checkEveryMs = upstream.health?.intervalMs ?? 0;
      this.#groups.set(upstream.name, { members, balance, checkEveryMs, knownChanges: -1 });
    }
  }

  /**
   * The target that a request goes to, among those that are healthy and have room: the next in turn, or the one with the
   * least under way.
   * @param tried those that the request could not be sent to
   */
  choose(upstream: string, tried: readonly Target[] = noTargets): Target | undefined {
    return this.#group(upstream)?.balance.choose(tried);
  }

  /** Why there is nothing to choose for a new request; undefined: there is. */
  shortage(upstream: string): Shortage | undefined {
    const group = this.#group(upstream);
    if (group === undefined || !group.balance.isFull) return undefined;
    const { balance, checkEveryMs } = group;
    return balance.targets.length === 0 ? { kind: 'unhealthy', checkEveryMs } : { kind: 'full' };
  }

  /** All that an upstream has, in the order of gateway.yaml. */
  members(upstream: string): readonly Member[] {
    return this.#groups.get(upstream)?.members ?? [];
  }

  /** Closes the connections that no other configuration uses, each when what is under way on it is over. */
  async close(): Promise<void> {
    await Promise.all(this.#letGo().map(({ target }) => target.pool.close()));
  }

  /** Closes every connection; requests under way end with an error. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#held.values()].map(({ target }) => target.pool.destroy()));
  }

  /** With the newest that is known of health; nothing is put together anew unless that has changed. */
  #group(upstream: string): Group | undefined {
    const group = this.#groups.get(upstream);
    const { changes } = this.#health;
    if (group !== undefined && group.knownChanges !== changes) {
      group.knownChanges = changes;
      const healthy = group.members.filter(({ health }) => health === undefined || health.isHealthy);
      group.balance.targets = healthy.map(({ target }) => target);
    }
    return group;
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

const noTargets: readonly Target[] = [];
