import type { Clock } from '../lib/clock.ts';

/** How long a node may be without news of the change log before it no longer counts as up to date. */
export const freshnessToleranceMs = 2500;

/** How well this node knows what has changed: when it last began a read of the change log that succeeded. */
export class Freshness {
  readonly #clock: Clock;
  readonly #toleranceMs: number;
  #confirmedAtMs = -Infinity;
  #leasedUntilMs = Infinity;

  constructor(clock: Clock, toleranceMs = freshnessToleranceMs) {
    this.#clock = clock;
    this.#toleranceMs = toleranceMs;
  }

  /** Milliseconds within which an age counts as up to date. */
  get toleranceMs(): number {
    return this.#toleranceMs;
  }

  /** Monotonic time at which the last read that succeeded began; -Infinity before the first one. */
  get confirmedAtMs(): number {
    return this.#confirmedAtMs;
  }

  /**
   * Monotonic time until which receipts count on this node. Afterwards nobody waits for it, so it must answer nothing
   * from memory, not even what it has read a moment ago. Infinite where there is nobody else.
   */
  get leasedUntilMs(): number {
    return this.#leasedUntilMs;
  }

  /** Notes that the lease was renewed and the log read since. @param untilMs monotonic time */
  lease(untilMs: number): void {
    this.#leasedUntilMs = untilMs;
  }

  /** Notes a read that succeeded. @param beganAtMs monotonic time at which it began */
  confirm(beganAtMs: number): void {
    this.#confirmedAtMs = Math.max(this.#confirmedAtMs, beganAtMs);
  }

  /** Milliseconds since that read began; infinite before the first one. */
  ageMs(): number {
    return this.#clock.monotonic() - this.#confirmedAtMs;
  }

  /** Says whether this node is up to date, within the tolerance. */
  get current(): boolean {
    return this.ageMs() < this.#toleranceMs;
  }
}
