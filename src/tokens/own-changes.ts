import type { TokenHash } from '../core/token.ts';
import type { LoggedChange } from '../db/client.ts';
import type { Fences } from './fences.ts';
import type { InvalidationBus } from './invalidation.ts';
import type { Push } from './push.ts';
import type { SharedTier } from './shared-tier.ts';

export interface OwnChangesOptions {
  readonly fences: Fences;
  readonly bus: InvalidationBus;
  readonly push: Push;
  readonly shared: SharedTier | undefined;
  /** Makes this node read the change log. */
  readonly wake: () => void;
}

/**
 * Puts what this node changes in force: here before the call returns, and then, without anybody waiting for it, in the
 * shared cache and on the other nodes.
 */
export class OwnChanges {
  readonly #options: OwnChangesOptions;

  constructor(options: OwnChangesOptions) {
    this.#options = options;
  }

  note(change: LoggedChange): void {
    const { fences, bus, push, shared, wake } = this.#options;
    if (change.kind === 'doubtful') {
      fences.raise(change.keys);
      bus.publish(change.keys);
      wake();
      return;
    }
    const number = Math.max(...change.rows.map((row) => row.number));
    for (const row of change.rows) fences.raise([row.key], row.number);
    bus.publish(change.rows.map(({ key }) => key));
    push.announce(number);
    wake();
    const hashes = change.rows.flatMap((row) => row.hashes) as TokenHash[];
    if (hashes.length > 0) void shared?.bury(hashes, number);
  }
}
