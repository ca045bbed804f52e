import type { Clock } from './clock.ts';

export interface BreakerOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** After so many failures in a row nobody is asked any more. */
  readonly failuresMax: number;
  /** For so long; then one call tries again. */
  readonly openMs: number;
}

/**
 * Spares callers the wait for something that does not answer. Closed: every call goes. Open: none does. After a time
 * one call goes as a probe, and its outcome closes the breaker or opens it anew.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #failures = 0;
  /** Monotonic time from which a probe may go; undefined: closed. */
  #probeFromMs: number | undefined;
  #isProbing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#probeFromMs !== undefined;
  }

  /** Says whether a call may go; whoever goes must tell `succeeded` or `failed`. */
  admits(): boolean {
    if (this.#probeFromMs === undefined) return true;
    if (this.#isProbing || this.#options.clock.monotonic() < this.#probeFromMs) return false;
    this.#isProbing = true;
    return true;
  }

  /** A call that had gone before the breaker opened changes nothing. */
  succeeded(): void {
    if (this.isOpen && !this.#isProbing) return;
    this.#failures = 0;
    this.#probeFromMs = undefined;
    this.#isProbing = false;
  }

  failed(): void {
    this.#failures++;
    this.#isProbing = false;
    if (this.#failures < this.#options.failuresMax) return;
    this.#probeFromMs = this.#options.clock.monotonic() + this.#options.openMs;
  }

  /** A call that might have been the probe never got to ask, which says nothing about who would have answered. */
  stayedOut(): void {
    if (!this.#isProbing) return;
    this.#isProbing = false;
    this.#probeFromMs = this.#options.clock.monotonic() + this.#options.openMs;
  }

  /** Lets every call go: it is known from elsewhere that they will be answered. */
  close(): void {
    this.#failures = 0;
    this.#probeFromMs = undefined;
    this.#isProbing = false;
  }

  /** Lets the next call try at once, for there is reason to believe that it will be answered. */
  hasten(): void {
    if (this.#probeFromMs !== undefined) this.#probeFromMs = this.#options.clock.monotonic();
  }
}
