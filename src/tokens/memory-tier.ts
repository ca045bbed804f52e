import { LRUCache } from 'lru-cache';
import type { LookupOutcome } from '../core/token-lookup.ts';
import { recordKeys, type TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { Clock } from '../lib/clock.ts';
import type { Fences } from './fences.ts';
import type { Freshness } from './freshness.ts';
import type { SharedValue } from './shared-tier.ts';
import { SharedValues } from './shared-values.ts';

export interface MemoryTierOptions {
  /** How many tokens are kept. */
  readonly entriesMax: number;
  /** How many hashes that no token has; kept apart, so that a flood of them drives out no token. */
  readonly absencesMax: number;
  readonly ttlMs: number;
  readonly negativeTtlMs: number;
}

/** What the memory tier goes by. */
export interface MemoryTierDeps {
  readonly clock: Clock;
  readonly fences: Fences;
  readonly freshness: Freshness;
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
  /** It was read from the database, so it is known to have been true then, whatever the change log says. */
  readonly isFirstHand: boolean;
  /** The tick up to which nothing has changed about the record. */
  tick: number;
}

const absent: LookupOutcome = Object.freeze({ kind: 'absent' });

/**
 * What this node remembers about tokens, for a bounded time and in bounded numbers. It counts as fresh only while the
 * node hears of changes; what it remembers beyond that is stale, and whoever asks says for how long that will do.
 */
export class MemoryTier {
  readonly #options: MemoryTierOptions;
  readonly #clock: Clock;
  readonly #fences: Fences;
  readonly #freshness: Freshness;
  readonly #shared = new SharedValues();
  readonly #entries: LRUCache<TokenHash, Entry>;
  readonly #absences: LRUCache<TokenHash, LookupStart>;

  constructor(options: MemoryTierOptions, { clock, fences, freshness }: MemoryTierDeps) {
    this.#options = options;
    this.#clock = clock;
    this.#fences = fences;
    this.#freshness = freshness;
    this.#entries = new LRUCache({ max: options.entriesMax });
    this.#absences = new LRUCache({ max: options.absencesMax });
  }

  get tokens(): number {
    return this.#entries.size;
  }

  get absences(): number {
    return this.#absences.size;
  }

  /** Whether receipts wait for this node; while they do not, nothing may be answered that it knew before. */
  get isLeased(): boolean {
    return this.#clock.monotonic() < this.#freshness.leasedUntilMs;
  }

  /** To be taken before a store is asked, and given back with its answer. */
  begin(): LookupStart {
    return { tick: this.#fences.tick, atMs: Math.floor(this.#clock.monotonic()) };
  }

  /**
   * What may be answered without asking a store: found, absent, or undefined when one must be asked.
   * @param staleForMs how long after the last news of changes a token may still be answered; an absence never is
   */
  peek(hash: TokenHash, staleForMs: number): LookupOutcome | undefined {
    const entry = this.#trusted(hash);
    const nowMs = this.#clock.monotonic();
    if (nowMs >= this.#freshness.leasedUntilMs) return undefined;
    if (entry !== undefined) {
      if (nowMs - entry.readAtMs >= this.#options.ttlMs) return undefined;
      const unheardMs = this.#unheardMs(entry, nowMs);
      if (unheardMs < this.#freshness.toleranceMs) return entry.hit;
      return unheardMs < staleForMs ? staleAnswer(entry, unheardMs) : undefined;
    }
    const absence = this.#absences.get(hash);
    if (absence === undefined || nowMs - absence.atMs >= this.#options.negativeTtlMs) return undefined;
    if (nowMs - Math.max(this.#freshness.confirmedAtMs, absence.atMs) >= this.#freshness.toleranceMs) return undefined;
    return this.trusts(hash, absent, absence.tick) ? absent : undefined;
  }

  /** A token that may be answered because no store could be asked, also one past its ttl. */
  stale(hash: TokenHash, staleForMs: number): LookupOutcome | undefined {
    const entry = this.#trusted(hash);
    const nowMs = this.#clock.monotonic();
    if (entry === undefined || nowMs >= this.#freshness.leasedUntilMs) return undefined;
    if (nowMs - entry.readAtMs >= this.#options.ttlMs + staleForMs) return undefined;
    const unheardMs = this.#unheardMs(entry, nowMs);
    return unheardMs < staleForMs ? staleAnswer(entry, unheardMs) : undefined;
  }

  /** Remembers what the database answered, unless what it is about has changed since the lookup began. */
  keep(hash: TokenHash, answer: TokenRecord | undefined, start: LookupStart): LookupOutcome {
    const record = answer && this.#shared.share(answer);
    const outcome: LookupOutcome = record === undefined ? absent : { kind: 'found', record, source: 'postgres' };
    if (!this.trusts(hash, outcome, start.tick)) return outcome;
    if (record === undefined) {
      this.#entries.delete(hash);
      this.#absences.set(hash, start);
    } else {
      this.#remember(hash, record, { ...start, isFirstHand: true });
    }
    return outcome;
  }

  /**
   * Remembers what another node left, for the rest of its time; undefined when that is over, or when something about it
   * may have changed since.
   */
  keepShared(hash: TokenHash, { record: given, asOf, ageMs }: SharedValue): LookupOutcome | undefined {
    const isTrusted = recordKeys(given).every((key) => this.#fences.trustsShared(asOf, key));
    if (!isTrusted || ageMs >= this.#options.ttlMs) return undefined;
    const record = this.#shared.share(given);
    const { tick, atMs } = this.begin();
    this.#remember(hash, record, { tick, atMs: atMs - ageMs, isFirstHand: false });
    return { kind: 'found', record, source: 'redis' };
  }

  /** Says whether nothing has changed since `tick` about what an outcome says. */
  trusts(hash: TokenHash, outcome: LookupOutcome, tick: number): boolean {
    return outcome.kind === 'absent' ? this.#fences.trusts(tick, hash) : this.#unchanged(outcome.record, tick);
  }

  #remember(hash: TokenHash, record: TokenRecord, how: LookupStart & { readonly isFirstHand: boolean }): void {
    this.#absences.delete(hash);
    const readAtMs = how.atMs;
    const hit: LookupOutcome = { kind: 'found', record, source: 'memory', readAtMs };
    this.#entries.set(hash, { record, hit, readAtMs, isFirstHand: how.isFirstHand, tick: how.tick });
  }

  /** For how long this node has heard nothing that would speak against an entry. */
  #unheardMs({ isFirstHand, readAtMs }: Entry, nowMs: number): number {
    const { confirmedAtMs } = this.#freshness;
    return nowMs - (isFirstHand ? Math.max(confirmedAtMs, readAtMs) : confirmedAtMs);
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

  #unchanged(record: TokenRecord, tick: number): boolean {
    return recordKeys(record).every((key) => this.#fences.trusts(tick, key));
  }
}

function staleAnswer({ record, readAtMs }: Entry, unheardMs: number): LookupOutcome {
  return { kind: 'found', record, source: 'stale', staleMs: unheardMs, readAtMs };
}
