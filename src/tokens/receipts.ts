import type { ServingNode, Settlement } from '../admin-api/ports.ts';
import { leaseMs, type Nodes } from './nodes.ts';

export interface ReceiptsOptions {
  readonly nodes: Pick<Nodes, 'list'>;
  readonly self: { readonly id: string; readonly staleForMs: number };
  /** The highest number of a change that this process has committed. */
  readonly highest: () => number;
  /** How long a receipt waits for nodes. */
  readonly waitMs?: number;
  /** Told of the nodes at each look. */
  readonly onNodes?: (nodes: readonly ServingNode[]) => void;
}

interface Waiter {
  readonly number: number;
  /** Writes the receipt by what is known of the nodes. */
  readonly settle: () => void;
}

const usualWaitMs = 1000;
const firstPauseMs = 2;
const longestPauseMs = 10;

/**
 * Waits until every node that may still serve what a change took away has followed it. This node's own fences are up
 * before a change returns, so it counts as confirmed. All who wait share one look at the leases every few milliseconds.
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

  /** Waits for all that this process has changed so far; never rejects, and never takes much longer than a second. */
  settle(): Promise<Settlement> {
    const number = this.#options.highest();
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.settle(), this.#options.waitMs ?? usualWaitMs);
      const waiter: Waiter = {
        number,
        settle: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(this.#settlement(number));
        },
      };
      this.#waiters.add(waiter);
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
    try {
      const nodes = await this.#options.nodes.list();
      this.#options.onNodes?.(nodes);
      this.#others = nodes.filter(({ id, state }) => state !== 'gone' && id !== this.#options.self.id);
    } catch {
      // The store does not answer. What was known of the nodes is still the best there is.
      return;
    }
    for (const waiter of early) {
      if (this.#others.every(({ acknowledged }) => acknowledged >= waiter.number)) waiter.settle();
    }
  }

  #settlement(number: number): Settlement {
    const silent = this.#others.filter(({ acknowledged }) => acknowledged < number);
    const expected = this.#others.length + 1;
    const leases = [this.#options.self, ...this.#others].map(({ staleForMs }) => leaseMs(staleForMs));
    return {
      nodesExpected: expected,
      nodesConfirmed: expected - silent.length,
      silent: silent.map(({ name }) => name),
      boundMs: Math.max(...leases),
    };
  }
}
