import { LRUCache } from 'lru-cache';
import type { LookupOutcome } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { Clock } from '../lib/clock.ts';
import type { Fences } from './fences.ts';
import { SharedValues } from './shared-values.ts';

export interface MemoryTierOptions {
  /** How many tokens are kept. */
  readonly entriesMax: number;
  /** How many hashes that no token has; kept apart, so that a flood of them drives out no token. */
  readonly absencesMax: number;
  readonly ttlMs: number;
  readonly negativeTtlMs: number;
  /** How long past its ttl a token is kept for the time when no store answers. */
  readonly staleForMs: number;
}

/** When a lookup began: the tick of the fences and the monotonic clock. */
export interface LookupStart {
  readonly tick: number;
  readonly atMs: number;
}

interface Entry {
  readonly record: TokenRecord;
  /** What a hit answers: made once, for it is asked for with every request. */
  readonly hit: LookupOutcome;
  readonly readAtMs: number;
  /** The tick up to which nothing has changed about the record. */
  tick: number;
}

const absent: LookupOutcome = Object.freeze({ kind: 'absent' });

/** What this node remembers about tokens, for a bounded time and in bounded numbers. */
export class MemoryTier {
  readonly #options: MemoryTierOptions;
  readonly #clock: Clock;
  readonly #fences: Fences;
  readonly #shared = new SharedValues();
  readonly #entries: LRUCache<TokenHash, Entry>;
  readonly #absences: LRUCache<TokenHash, LookupStart>;

  constructor(options: MemoryTierOptions, { clock, fences }: { clock: Clock; fences: Fences }) {
    this.#options = options;
    this.#clock = clock;
    this.#fences = fences;
    this.#entries = new LRUCache({ max: options.entriesMax });
    this.#absences = new LRUCache({ max: options.absencesMax });
  }

  get tokens(): number {
    return this.#entries.size;
  }

  get absences(): number {
    return this.#absences.size;
  }

  /** To be taken before a store is asked, and given back with its answer. */
  begin(): LookupStart {
    return { tick: this.#fences.tick, atMs: Math.floor(this.#clock.monotonic()) };
  }

  /** What is known and fresh: found, absent, or undefined when a store must be asked. */
  peek(hash: TokenHash): LookupOutcome | undefined {
    const entry = this.#trusted(hash);
    if (entry !== undefined) {
      const fresh = this.#clock.monotonic() - entry.readAtMs < this.#options.ttlMs;
      return fresh ? entry.hit : undefined;
    }
    const absence = this.#absences.get(hash);
    if (absence === undefined) return undefined;
    const fresh = this.#clock.monotonic() - absence.atMs < this.#options.negativeTtlMs;
    return fresh && this.trusts(hash, absent, absence.tick) ? absent : undefined;
  }

  /** A token that is known and past its time, but not too long; for when no store answers. */
  stale(hash: TokenHash): LookupOutcome | undefined {
    const { ttlMs, staleForMs } = this.#options;
    const entry = this.#trusted(hash);
    const kept = entry !== undefined && this.#clock.monotonic() - entry.readAtMs < ttlMs + staleForMs;
    return kept ? { kind: 'found', record: entry.record, source: 'stale' } : undefined;
  }

  /** Remembers what a store answered, unless what it is about has changed since the lookup began. */
  keep(hash: TokenHash, answer: TokenRecord | undefined, start: LookupStart): LookupOutcome {
    const record = answer && this.#shared.share(answer);
    const outcome: LookupOutcome = record === undefined ? absent : { kind: 'found', record, source: 'postgres' };
    if (!this.trusts(hash, outcome, start.tick)) return outcome;
    if (record === undefined) {
      this.#entries.delete(hash);
      this.#absences.set(hash, start);
    } else {
      this.#absences.delete(hash);
      const hit: LookupOutcome = { kind: 'found', record, source: 'memory' };
      this.#entries.set(hash, { record, hit, readAtMs: start.atMs, tick: start.tick });
    }
    return outcome;
  }

  /** Says whether nothing has changed since `tick` about what an outcome says. */
  trusts(hash: TokenHash, outcome: LookupOutcome, tick: number): boolean {
    return outcome.kind === 'absent' ? this.#fences.trusts(tick, hash) : this.#unchanged(outcome.record, tick);
  }

  /** The entry of a hash, unless what it says has changed; that one is forgotten. */
  #trusted(hash: TokenHash): Entry | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined || entry.tick === this.#fences.tick) return entry;
    if (!this.#unchanged(entry.record, entry.tick)) {
      this.#entries.delete(hash);
      return undefined;
    }
    entry.tick = this.#fences.tick;
    return entry;
  }

  #unchanged({ id, owner }: TokenRecord, tick: number): boolean {
    const fences = this.#fences;
    return fences.trusts(tick, id) && fences.trusts(tick, owner.id) && fences.trusts(tick, owner.organization.id);
  }
}
