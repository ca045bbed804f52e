import { isTold, type WebhookTarget } from '../core/webhook.ts';
import { unreachable } from '../lib/assert.ts';
import type { Attempt, ClaimedDelivery, DeliveryQueue, Settlement } from './delivery.ts';
import { retryDelayMs } from './retry-schedule.ts';
import { Rounds } from './rounds.ts';

export interface DispatcherOptions {
  readonly queue: DeliveryQueue;
  readonly targets: readonly WebhookTarget[];
  readonly send: (target: WebhookTarget, delivery: ClaimedDelivery) => Promise<Attempt>;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told of every attempt that counts. */
  readonly onSettled: (target: string, delivery: ClaimedDelivery, settlement: Settlement) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown) => void;
  readonly everyMs?: number;
}

const usualEveryMs = 1000;
/** A target has lanes of its own, so that one that is slow holds up no other. */
const atOnceMax = 4;
/** Beyond the attempt itself, for writing down what became of it. */
const leaseMarginMs = 30_000;

/**
 * Sends what is due, on this node. A delivery is sent at least once: whoever sends it holds a lease, and when that ends
 * without a word, because the node or the store went away in between, another attempt follows.
 */
export class WebhookDispatcher {
  readonly #options: DispatcherOptions;
  readonly #rounds: readonly Rounds[];
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: DispatcherOptions) {
    const { targets, everyMs = usualEveryMs, onFault } = options;
    this.#options = options;
    this.#rounds = targets.map((target) => {
      const lane = { atOnce: 0 };
      const rounds: Rounds = new Rounds({
        everyMs,
        onFault,
        task: () => this.#fill(target, lane, () => rounds.wake()),
      });
      return rounds;
    });
  }

  start(): void {
    for (const rounds of this.#rounds) rounds.start();
  }

  /** Looks for what is due at once. */
  wake(): void {
    for (const rounds of this.#rounds) rounds.wake();
  }

  /** Takes nothing more. @param endSending ends what is being sent */
  async close(endSending: () => void): Promise<void> {
    await Promise.all(this.#rounds.map((rounds) => rounds.close()));
    endSending();
    await Promise.all(this.#underWay);
  }

  /** Takes as many as there is room for; when all of it was used, there may be more once one is done. */
  async #fill(target: WebhookTarget, lane: { atOnce: number }, wake: () => void): Promise<void> {
    const room = atOnceMax - lane.atOnce;
    if (room === 0) return;
    const claimed = await this.#options.queue.claim(target.name, room, target.timeoutMs + leaseMarginMs);
    for (const delivery of claimed) {
      lane.atOnce++;
      const sending = this.#deliver(target, delivery).finally(() => {
        lane.atOnce--;
        this.#underWay.delete(sending);
        if (claimed.length === room) wake();
      });
      this.#underWay.add(sending);
    }
  }

  async #deliver(target: WebhookTarget, delivery: ClaimedDelivery): Promise<void> {
    const { queue, send, random, onSettled, onFault } = this.#options;
    // gateway.yaml may tell the target of less by now than when the event was put in.
    const attempt = isTold(target, delivery.type, delivery.organization) ? await send(target, delivery) : notTold;
    const settlement = settle(attempt, delivery.attempt, random());
    try {
      await queue.settle(delivery, settlement);
    } catch (error) {
      // The lease ends by itself.
      onFault(error);
    }
    onSettled(target.name, delivery, settlement);
  }
}

const notTold: Attempt = {
  kind: 'failed',
  status: undefined,
  reason: 'gateway.yaml no longer tells this target of it',
  isFinal: true,
};

function settle(attempt: Attempt, number: number, random: number): Settlement {
  switch (attempt.kind) {
    case 'delivered':
    case 'given_back':
      return attempt;
    case 'failed': {
      const { status, reason, isFinal } = attempt;
      const afterMs = isFinal ? undefined : retryDelayMs(number, random);
      return afterMs === undefined ? { kind: 'dead', status, reason } : { kind: 'retry', status, reason, afterMs };
    }
    default:
      return unreachable(attempt);
  }
}
