import type { HealthCheck, Upstream } from '../config/compiled.ts';
import type { Clock } from '../lib/clock.ts';
import { TargetChecks, type TargetHealth } from './target-health.ts';

/** The checks of every target that gateway.yaml wants checked: one for each, whatever is reloaded. */
export class HealthChecks {
  readonly #clock: Clock;
  readonly #onChange: (health: TargetHealth) => void;
  /** By all that a check depends on. */
  #checks: ReadonlyMap<string, TargetChecks> = new Map();
  #changes = 0;

  /** @param onChange told each time a target becomes unhealthy or healthy again */
  constructor(clock: Clock, onChange: (health: TargetHealth) => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** How often anything has changed, for whoever keeps what follows from it. */
  get changes(): number {
    return this.#changes;
  }

  /** Every target that is checked. */
  get targets(): readonly TargetHealth[] {
    return [...this.#checks.values()];
  }

  /** What is known of a target; undefined: it is not checked. */
  of(upstream: Upstream, origin: string): TargetHealth | undefined {
    return this.#checks.get(keyOf(upstream, origin));
  }

  /** From now on these are checked: what stays the same goes on with what is known, anything else begins anew. */
  watch(upstreams: Iterable<Upstream>): void {
    const before = this.#checks;
    const checks = new Map<string, TargetChecks>();
    for (const upstream of upstreams) {
      const { name, targets, health } = upstream;
      if (health === undefined) continue;
      for (const origin of new Set(targets)) {
        const key = keyOf(upstream, origin);
        checks.set(key, before.get(key) ?? this.#begin(name, origin, health));
      }
    }
    this.#checks = checks;
    for (const [key, check] of before) if (!checks.has(key)) check.end();
  }

  /** Ends them all; what is known stays. */
  end(): void {
    for (const check of this.#checks.values()) check.end();
  }

  #begin(upstream: string, origin: string, check: HealthCheck): TargetChecks {
    const checks = new TargetChecks({ upstream, origin, check }, this.#clock, (health) => {
      this.#changes++;
      this.#onChange(health);
    });
    checks.begin();
    return checks;
  }
}

function keyOf({ name, health }: Upstream, origin: string): string {
  return JSON.stringify([name, origin, health]);
}
