import { StoreUnavailable } from '../core/store-unavailable.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: StoreUnavailable) => void;
  readonly timer: NodeJS.Timeout;
}

export interface PermitLimits {
  /** How many may run at once. */
  readonly permits: number;
  /** How many may wait for their turn; one more is refused at once. */
  readonly waitersMax: number;
  readonly waitMs: number;
}

/** Hands out a fixed number of permits, in the order of asking, with a bound on how many wait and how long. */
export class Permits {
  readonly #limits: PermitLimits;
  readonly #waiters = new Set<Waiter>();
  #free: number;

  constructor(limits: PermitLimits) {
    this.#limits = limits;
    this.#free = limits.permits;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes a permit. @throws StoreUnavailable when too many wait already, or when its turn does not come in time */
  async acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    if (this.#waiters.size >= this.#limits.waitersMax) {
      throw new StoreUnavailable(`${this.#limits.waitersMax} calls wait for the database already`);
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new StoreUnavailable(`every database connection was busy for ${this.#limits.waitMs} ms`));
      }, this.#limits.waitMs);
      const waiter: Waiter = { resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** Gives a permit back; the longest waiting takes it. */
  release(): void {
    const [next] = this.#waiters;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#leave(next);
    next.resolve();
  }

  /** Lets everyone go on at once who waits: what the permits were for is no more, and they look for another. */
  dismissAll(): void {
    for (const waiter of this.#waiters) {
      this.#leave(waiter);
      waiter.resolve();
    }
  }

  #leave(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
  }
}
