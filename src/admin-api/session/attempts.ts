import type { Clock } from '../../lib/clock.ts';
import type { Refusal } from '../http/problem-response.ts';

const windowMs = 60_000;
const failuresMax = 10;
const addressesMax = 10_000;

interface Window {
  readonly startedAt: number;
  failures: number;
}

/**
 * Counts wrong tokens and codes by the address they came from. Both have 238 random bits, so nobody guesses one; this
 * keeps whoever tries from using the database, and the log, as they please.
 */
export class SignInAttempts {
  readonly #clock: Clock;
  /** In the order in which the windows began. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns undefined when the address may try, otherwise the seconds until it may again */
  waitSeconds(address: string): number | undefined {
    const window = this.#current(address);
    if (window === undefined || window.failures < failuresMax) return undefined;
    return Math.max(1, Math.ceil((window.startedAt + windowMs - this.#clock.monotonic()) / 1000));
  }

  noteFailure(address: string): void {
    const window = this.#current(address);
    if (window !== undefined) {
      window.failures++;
      return;
    }
    this.#windows.delete(address);
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined && this.#windows.size >= addressesMax) this.#windows.delete(oldest);
    this.#windows.set(address, { startedAt: this.#clock.monotonic(), failures: 1 });
  }

  #current(address: string): Window | undefined {
    const window = this.#windows.get(address);
    return window !== undefined && window.startedAt + windowMs > this.#clock.monotonic() ? window : undefined;
  }
}

export function tooManyAttempts(retryAfterSeconds: number): Refusal<'rate_limited'> {
  const detail = `Too many wrong tokens or codes came from this address; try again in ${retryAfterSeconds} s.`;
  return { code: 'rate_limited', detail, retryAfterSeconds };
}
