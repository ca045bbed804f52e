import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { LookupOutcome, TokenLookup } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import { SingleFlight } from '../lib/single-flight.ts';
import type { Freshness } from './freshness.ts';
import type { MemoryTier } from './memory-tier.ts';
import type { SharedTier } from './shared-tier.ts';

/** Where a token is looked up that no cache knows. */
export interface TokenSource {
  /** @returns undefined when there is no such token @throws StoreUnavailable */
  read(hash: TokenHash): Promise<TokenRecord | undefined>;
}

/** What a tier had to say; told for each lookup, so that it can be counted. */
export type LookupObserver = (
  tier: 'memory' | 'redis' | 'postgres',
  result: 'hit' | 'absent' | 'miss' | 'stale',
) => void;

export interface TieredLookupOptions {
  readonly memory: MemoryTier;
  readonly source: TokenSource;
  /** The cache that all nodes share, with what this node knows about changes; without it there are two tiers. */
  readonly sharing?: {
    readonly tier: SharedTier;
    readonly freshness: Pick<Freshness, 'current'>;
    /** The number up to which this node has followed the change log. */
    readonly seen: () => number;
  };
  readonly observe?: LookupObserver;
}

/** An outcome, the tick of the fences it is as old as, and its place among the turns of asking and reading. */
interface Answer {
  readonly outcome: LookupOutcome;
  readonly tick: number;
  readonly turn: number;
}

/** How often a token is looked up again because it changed meanwhile. */
const lookupsMax = 10;

/** Looks tokens up in memory, in the shared cache and in the database, at most once at a time for one hash. */
export class TieredLookup implements TokenLookup {
  readonly #memory: MemoryTier;
  readonly #source: TokenSource;
  readonly #sharing: TieredLookupOptions['sharing'];
  readonly #observe: LookupObserver;
  readonly #flights = new SingleFlight<Answer>();
  #turns = 0;

  constructor({ memory, source, sharing, observe }: TieredLookupOptions) {
    this.#memory = memory;
    this.#source = source;
    this.#sharing = sharing;
    this.#observe = observe ?? (() => undefined);
  }

  /** How many lookups are under way beyond memory. */
  get underWay(): number {
    return this.#flights.size;
  }

  find(hash: TokenHash, staleForMs: number): LookupOutcome | Promise<LookupOutcome> {
    const known = this.#memory.peek(hash, staleForMs);
    if (known === undefined) {
      this.#observe('memory', 'miss');
      return this.#ask(hash, staleForMs);
    }
    this.#observe('memory', resultOf(known));
    return known;
  }

  /** Asks the stores until nothing has changed about the answer meanwhile; one that is older is never given. */
  async #ask(hash: TokenHash, staleForMs: number): Promise<LookupOutcome> {
    const asked = ++this.#turns;
    try {
      for (let lookups = 0; lookups < lookupsMax; lookups++) {
        const { outcome, tick, turn } = await this.#flights.run(hash, () => this.#read(hash));
        // Once nobody waits for this node, it learns of no change in time: what was read earlier is memory as well.
        const isOlder = turn < asked && !this.#memory.isLeased;
        if (!isOlder && this.#memory.trusts(hash, outcome, tick)) return outcome;
      }
    } catch (error) {
      // The flight is shared by callers whose patience differs, so each asks memory for itself.
      const stale = error instanceof StoreUnavailable ? this.#memory.stale(hash, staleForMs) : undefined;
      if (stale === undefined) throw error;
      this.#observe('memory', 'stale');
      return stale;
    }
    throw new StoreUnavailable(`the token changed each of the ${lookupsMax} times it was looked up`);
  }

  async #read(hash: TokenHash): Promise<Answer> {
    const turn = ++this.#turns;
    return { ...((await this.#readShared(hash)) ?? (await this.#readSource(hash))), turn };
  }

  /** A node that does not know what has changed cannot judge what others left, and asks the database. */
  async #readShared(hash: TokenHash): Promise<Omit<Answer, 'turn'> | undefined> {
    if (this.#sharing?.freshness.current !== true) return undefined;
    const value = await this.#sharing.tier.get(hash);
    // Asked again, for the answer may have taken its time.
    const outcome = value && this.#sharing.freshness.current ? this.#memory.keepShared(hash, value) : undefined;
    this.#observe('redis', outcome === undefined ? 'miss' : 'hit');
    return outcome && { outcome, tick: this.#memory.begin().tick };
  }

  async #readSource(hash: TokenHash): Promise<Omit<Answer, 'turn'>> {
    const start = this.#memory.begin();
    const asOf = this.#sharing?.seen() ?? 0;
    const record = await this.#source.read(hash);
    this.#observe('postgres', record === undefined ? 'absent' : 'hit');
    if (record !== undefined) void this.#sharing?.tier.put(hash, record, asOf);
    return { outcome: this.#memory.keep(hash, record, start), tick: start.tick };
  }
}

function resultOf(outcome: LookupOutcome): 'hit' | 'absent' | 'stale' {
  if (outcome.kind === 'absent') return 'absent';
  return outcome.source === 'stale' ? 'stale' : 'hit';
}
