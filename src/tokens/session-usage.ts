import {
  reportedAddressesMax,
  type SessionAddress,
  type SessionCalls,
  type SessionUsage,
  type SessionUse,
} from '../core/session-use.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Tally {
  readonly calls: Map<string, Mutable<SessionCalls>>;
  readonly addresses: Map<string, Mutable<SessionAddress>>;
}

const usualMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Sessions that wait to be written down; they are few, so more means that the store has long been away. */
const sessionsMax = 5000;

/** Gathers what is done under assumed sessions, until somebody takes it and writes it down. */
export class SessionUsageGatherer {
  readonly #tallies = new Map<string, Tally>();
  readonly #onDropped: (uses: number) => void;

  /** @param onDropped told how many uses will be missing from a report */
  constructor(onDropped: (uses: number) => void) {
    this.#onDropped = onDropped;
  }

  /** Notes one use. It is on the path of requests, so it does nothing but count. */
  note(use: SessionUse, nowMs: number): void {
    const tally = this.#tally(use.sessionId);
    const method = usualMethods.has(use.method) ? use.method : 'other';
    const code = use.code ?? '';
    const key = `${use.route} ${method} ${code}`;
    const known = tally.calls.get(key);
    if (known !== undefined) count(known, nowMs);
    else tally.calls.set(key, { route: use.route, method, code, calls: 1, firstMs: nowMs, lastMs: nowMs });
    const address = tally.addresses.get(use.address);
    if (address !== undefined) count(address, nowMs);
    else if (tally.addresses.size < reportedAddressesMax) {
      tally.addresses.set(use.address, { address: use.address, calls: 1, firstMs: nowMs, lastMs: nowMs });
    }
  }

  /** Hands over everything. */
  take(): readonly SessionUsage[] {
    const taken = [...this.#tallies].map(([sessionId, { calls, addresses }]) => ({
      sessionId,
      calls: [...calls.values()],
      addresses: [...addresses.values()],
    }));
    this.#tallies.clear();
    return taken;
  }

  #tally(sessionId: string): Tally {
    const known = this.#tallies.get(sessionId);
    if (known !== undefined) return known;
    if (this.#tallies.size >= sessionsMax) this.#dropOldest();
    const tally: Tally = { calls: new Map(), addresses: new Map() };
    this.#tallies.set(sessionId, tally);
    return tally;
  }

  #dropOldest(): void {
    for (const [id, { calls }] of this.#tallies) {
      this.#tallies.delete(id);
      this.#onDropped([...calls.values()].reduce((sum, one) => sum + one.calls, 0));
      return;
    }
  }
}

/** Forward and back: the clock may have been set. */
function count(tally: Mutable<Pick<SessionCalls, 'calls' | 'firstMs' | 'lastMs'>>, nowMs: number): void {
  tally.calls++;
  tally.firstMs = Math.min(tally.firstMs, nowMs);
  tally.lastMs = Math.max(tally.lastMs, nowMs);
}
