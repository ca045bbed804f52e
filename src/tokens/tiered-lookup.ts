import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { LookupOutcome, TokenLookup } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import { SingleFlight } from '../lib/single-flight.ts';
import type { MemoryTier } from './memory-tier.ts';

/** Where a token is looked up that memory does not know. */
export interface TokenSource {
  /** @returns undefined when there is no such token @throws StoreUnavailable */
  read(hash: TokenHash): Promise<TokenRecord | undefined>;
}

/** What a tier had to say; told for each lookup, so that it can be counted. */
export type LookupObserver = (tier: 'memory' | 'postgres', result: 'hit' | 'absent' | 'miss' | 'stale') => void;

/** An outcome and the tick of the fences it is as old as. */
interface Answer {
  readonly outcome: LookupOutcome;
  readonly tick: number;
}

/** How often a token is looked up again because it changed meanwhile. */
const lookupsMax = 10;

/** Looks tokens up in memory and then in the database, at most once at a time for one hash. */
export class TieredLookup implements TokenLookup {
  readonly #memory: MemoryTier;
  readonly #source: TokenSource;
  readonly #observe: LookupObserver;
  readonly #flights = new SingleFlight<Answer>();

  constructor(memory: MemoryTier, source: TokenSource, observe: LookupObserver = () => undefined) {
    this.#memory = memory;
    this.#source = source;
    this.#observe = observe;
  }

  /** How many lookups are under way in the database. */
  get underWay(): number {
    return this.#flights.size;
  }

  find(hash: TokenHash, _staleForMs: number): LookupOutcome | Promise<LookupOutcome> {
    const known = this.#memory.peek(hash);
    if (known === undefined) {
      this.#observe('memory', 'miss');
      return this.#ask(hash);
    }
    this.#observe('memory', known.kind === 'found' ? 'hit' : 'absent');
    return known;
  }

  /** Asks the database until nothing has changed about the answer meanwhile; one that is older is never given. */
  async #ask(hash: TokenHash): Promise<LookupOutcome> {
    for (let lookups = 0; lookups < lookupsMax; lookups++) {
      const { outcome, tick } = await this.#flights.run(hash, () => this.#read(hash));
      if (this.#memory.trusts(hash, outcome, tick)) return outcome;
    }
    throw new StoreUnavailable(`the token changed each of the ${lookupsMax} times it was looked up`);
  }

  async #read(hash: TokenHash): Promise<Answer> {
    const start = this.#memory.begin();
    try {
      const record = await this.#source.read(hash);
      this.#observe('postgres', record === undefined ? 'absent' : 'hit');
      return { outcome: this.#memory.keep(hash, record, start), tick: start.tick };
    } catch (error) {
      const stale = error instanceof StoreUnavailable ? this.#memory.stale(hash) : undefined;
      if (stale === undefined) throw error;
      this.#observe('memory', 'stale');
      return { outcome: stale, tick: this.#memory.begin().tick };
    }
  }
}
