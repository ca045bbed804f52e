import type { HealthCheck } from '../config/compiled.ts';
import type { Clock } from '../lib/clock.ts';
import { startCheck, type CheckFailure, type RunningCheck } from './health-check.ts';
import { afterCheck, trusted, type HealthState } from './health-state.ts';

/** What is known of the health of a target that is checked. */
export interface TargetHealth {
  readonly upstream: string;
  /** Such as `http://127.0.0.1:9000`. */
  readonly origin: string;
  readonly isHealthy: boolean;
  /** What the newest check that failed met. */
  readonly failure: CheckFailure | undefined;
}

export interface CheckedTarget {
  readonly upstream: string;
  readonly origin: string;
  readonly check: HealthCheck;
}

/** By how much the time between two checks differs, so that those of many nodes and targets do not fall together. */
const jitter = 0.1;

/** Checks one target again and again, until it is ended. */
export class TargetChecks implements TargetHealth {
  readonly upstream: string;
  readonly origin: string;
  readonly #check: HealthCheck;
  readonly #clock: Clock;
  readonly #onChange: (health: TargetHealth) => void;
  #state: HealthState = trusted;
  #failure: CheckFailure | undefined;
  #running: RunningCheck | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** @param onChange told each time it becomes unhealthy or healthy again */
  constructor({ upstream, origin, check }: CheckedTarget, clock: Clock, onChange: (health: TargetHealth) => void) {
    this.upstream = upstream;
    this.origin = origin;
    this.#check = check;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get isHealthy(): boolean {
    return this.#state.isHealthy;
  }

  get failure(): CheckFailure | undefined {
    return this.#failure;
  }

  /** Makes the first check at once. */
  begin(): void {
    void this.#checkOnce();
  }

  /** What is known stays as it is. */
  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#running?.stop();
  }

  /** The next check waits for this one, however long its connection takes to end. */
  async #checkOnce(): Promise<void> {
    const { path, timeoutMs, intervalMs } = this.#check;
    const beganAt = this.#clock.monotonic();
    this.#running = startCheck({ origin: this.origin, path, timeoutMs });
    const failure = await this.#running.outcome;
    this.#running = undefined;
    if (this.#isEnded) return;
    this.#learn(failure);
    const periodMs = intervalMs * (1 - jitter + 2 * jitter * Math.random());
    const waitMs = Math.max(0, beganAt + periodMs - this.#clock.monotonic());
    this.#timer = setTimeout(() => void this.#checkOnce(), waitMs).unref();
  }

  #learn(failure: CheckFailure | undefined): void {
    const { isHealthy } = this.#state;
    if (failure !== undefined) this.#failure = failure;
    this.#state = afterCheck(this.#state, failure === undefined, this.#check);
    if (this.#state.isHealthy !== isHealthy) this.#onChange(this);
  }
}
