import { countRequest, type RateCount, type RateLimit } from '../core/rate-limit.ts';
import type { Clock } from '../lib/clock.ts';

/** How many are counted in a generation; there are two of them. */
const keysMax = 50_000;

/**
 * The counts of this node. Its memory is bounded: a generation that is full becomes the old one, and what is left of the
 * one before it is forgotten, which has been asked for the longest time ago.
 *
 * Our own and not rate-limiter-flexible's: that one counts in fixed windows, at whose border twice the limit passes, and
 * its memory has no bound and a timer for each key.
 */
export class NodeCounts {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #keysMax: number;
  /** Monotonic milliseconds at which all of the burst will be there again. */
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>, generationKeysMax = keysMax) {
    this.#clock = clock;
    this.#keysMax = generationKeysMax;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Counts one request. */
  count(key: string, limit: RateLimit): RateCount {
    const nowMs = this.#clock.monotonic();
    const count = countRequest(limit, (this.#fullAt(key) ?? nowMs) - nowMs);
    this.#set(key, nowMs + count.refillMs);
    return count;
  }

  /** Takes over what is known from elsewhere, where that is more than what was counted here. */
  learn(key: string, { refillMs }: RateCount): void {
    const fullAt = this.#clock.monotonic() + refillMs;
    if (fullAt > (this.#fullAt(key) ?? -Infinity)) this.#set(key, fullAt);
  }

  #fullAt(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  #set(key: string, fullAt: number): void {
    if (this.#young.size >= this.#keysMax && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, fullAt);
  }
}
