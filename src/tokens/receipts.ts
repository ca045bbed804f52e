import type { ServingNode, Settlement } from '../admin-api/ports/nodes.ts';
import type { Clock } from '../lib/clock.ts';
import { leaseMs, type Nodes } from './nodes.ts';

export interface ReceiptsOptions {
  readonly nodes: Pick<Nodes, 'list'>;
  readonly self: { readonly id: string; readonly name: string; readonly staleForMs: number };
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Makes this node read the change log now. */
  readonly wake: () => void;
  /** How far this node has followed it. */
  readonly progress: () => Progress;
  /** How long a receipt waits for nodes. */
  readonly waitMs?: number;
  /** Told of the nodes at each look. */
  readonly onNodes?: (nodes: readonly ServingNode[]) => void;
}

export interface Progress {
  /** The number of the last change that was read. */
  readonly seen: number;
  /** Monotonic time at which the last read that succeeded began. */
  readonly confirmedAtMs: number;
}

interface Waiter {
  readonly sinceMs: number;
  /** The change that nodes must have followed; undefined until this node has read the log since. */
  number: number | undefined;
  /** Writes the receipt by what is known of the nodes. */
  readonly settle: () => void;
}

const usualWaitMs = 1000;
const firstPauseMs = 2;
const longestPauseMs = 10;

/**
 * Waits until every node that may still serve what a change took away has followed it. That change need not be of this
 * process: what was asked for may have been so already, by another node's doing or by a commit whose answer was lost. So
 * this node reads the log once more, and waits for all that is in it. All who wait share one look at the leases every few
 * milliseconds.
 */
export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #waiters = new Set<Waiter>();
  /** The other nodes as they were seen last; who cannot be asked any more is still expected. */
  #others: readonly ServingNode[] = [];
  #isLooking = false;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** Waits for all that has been changed so far; never rejects, and never takes much longer than a second. */
  settle(): Promise<Settlement> {
    const { clock, wake, waitMs } = this.#options;
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(), waitMs ?? usualWaitMs);
      const waiter: Waiter = {
        sinceMs: clock.monotonic(),
        number: undefined,
        settle: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(this.#settlement(waiter));
        },
      };
      this.#waiters.add(waiter);
      wake();
      if (!this.#isLooking) void this.#lookUntilSettled();
    });
  }

  async #lookUntilSettled(): Promise<void> {
    this.#isLooking = true;
    for (let pauseMs = firstPauseMs; this.#waiters.size > 0; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
      await this.look();
      if (this.#waiters.size > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.#isLooking = false;
  }

  /** Looks at the leases, so that a later receipt knows whom to expect even if they cannot be looked at then. */
  async look(): Promise<void> {
    // A node may have come between this look and a change that is made meanwhile; that one waits for the next look.
    const early = [...this.#waiters];
    const isKnown = await this.#readLeases();
    const { seen, confirmedAtMs } = this.#options.progress();
    for (const waiter of early) {
      if (confirmedAtMs >= waiter.sinceMs) waiter.number ??= seen;
      if (isKnown && this.#silent(waiter).length === 0) waiter.settle();
    }
  }

  /** @returns whether the store answered; if not, what was known of the nodes is still the best there is */
  async #readLeases(): Promise<boolean> {
    try {
      const nodes = await this.#options.nodes.list();
      this.#options.onNodes?.(nodes);
      this.#others = nodes.filter(({ id, state }) => state !== 'gone' && id !== this.#options.self.id);
      return true;
    } catch {
      return false;
    }
  }

  /** Who has not followed yet; everybody, as long as this node itself cannot tell how far that is. */
  #silent({ number }: Waiter): readonly { readonly name: string }[] {
    if (number === undefined) return [this.#options.self, ...this.#others];
    return this.#others.filter(({ acknowledged }) => acknowledged < number);
  }

  #settlement(waiter: Waiter): Settlement {
    const silent = this.#silent(waiter);
    const expected = [this.#options.self, ...this.#others];
    return {
      nodesExpected: expected.length,
      nodesConfirmed: expected.length - silent.length,
      silent: silent.map(({ name }) => name),
      boundMs: Math.max(...expected.map(({ staleForMs }) => leaseMs(staleForMs))),
    };
  }
}
