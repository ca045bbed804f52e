import type { Clock } from './clock.ts';

/** Lets something happen at most once in a while, and knows how often it was held back. */
export class Throttle {
  readonly #clock: Clock;
  readonly #everyMs: number;
  #nextAtMs = -Infinity;
  #heldBack = 0;

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** @returns undefined when it is not yet time; otherwise how often it was not since the last time */
  take(): number | undefined {
    const nowMs = this.#clock.monotonic();
    if (nowMs < this.#nextAtMs) {
      this.#heldBack++;
      return undefined;
    }
    const heldBack = this.#heldBack;
    this.#heldBack = 0;
    this.#nextAtMs = nowMs + this.#everyMs;
    return heldBack;
  }
}
