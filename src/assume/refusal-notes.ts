import type { Clock } from '../lib/clock.ts';

const rowEveryMs = 60_000;
const kindsMax = 10_000;

/**
 * Says which refusals are written down: whoever holds an assume-user token can cause as many as they like, so each kind
 * has one row a minute, which tells how many were not told of since the row before.
 */
export class RefusalNotes {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #kinds = new Map<string, { untilMs: number; untold: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @returns how many of this kind were not written down before it; undefined: neither is this one */
  take(kind: string): number | undefined {
    const nowMs = this.#clock.monotonic();
    const known = this.#kinds.get(kind);
    if (known !== undefined && nowMs < known.untilMs) {
      known.untold++;
      return undefined;
    }
    if (known === undefined && this.#kinds.size >= kindsMax) this.#kinds.clear();
    this.#kinds.set(kind, { untilMs: nowMs + rowEveryMs, untold: 0 });
    return known?.untold ?? 0;
  }
}
