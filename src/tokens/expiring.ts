import type { Clock } from '../lib/clock.ts';

/** How many tokens of an organisation end within some days. */
export interface ExpiringTokens {
  readonly organization: string;
  readonly days: number;
  readonly tokens: number;
}

const everyMs = 60_000;

/** Remembers what the database counted for a minute, however often it is asked; keeps the last count while it is away. */
export class ExpiringCounts {
  readonly #read: () => Promise<readonly ExpiringTokens[]>;
  readonly #clock: Clock;
  #counts: readonly ExpiringTokens[] = [];
  #nextAtMs = -Infinity;
  #underWay: Promise<void> | undefined;

  constructor(read: () => Promise<readonly ExpiringTokens[]>, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** Never rejects. */
  async counts(): Promise<readonly ExpiringTokens[]> {
    if (this.#clock.monotonic() >= this.#nextAtMs) this.#underWay ??= this.#refresh();
    await this.#underWay;
    return this.#counts;
  }

  async #refresh(): Promise<void> {
    this.#nextAtMs = this.#clock.monotonic() + everyMs;
    try {
      this.#counts = await this.#read();
    } catch {
      // The store tells of its own failures; an old count is better than none.
    } finally {
      this.#underWay = undefined;
    }
  }
}
