import type { LookupOutcome, TokenLookup } from '../../src/core/token-lookup.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { hashToken, mintToken, type RawToken, type TokenHash } from '../../src/core/token.ts';
import { recordFixture } from './record-fixture.ts';

export interface LookupHooks {
  /** Runs before each lookup: may wait, or throw what a broken store throws. */
  readonly beforeLookup?: () => Promise<void>;
  /** Runs when a lookup has its answer, which is given a moment later. */
  readonly afterLookup?: () => void;
  /** Told for how long the answer may be stale; gives how stale it is, in milliseconds, or undefined where it is not. */
  readonly staleness?: (staleForMs: number) => number | undefined;
}

/** Tokens in memory, in place of the store. */
export class TokenTable implements TokenLookup {
  readonly lookups: TokenHash[] = [];
  readonly #records = new Map<TokenHash, TokenRecord>();
  readonly #hooks: LookupHooks;

  constructor(hooks: LookupHooks = {}) {
    this.#hooks = hooks;
  }

  async find(hash: TokenHash, staleForMs: number): Promise<LookupOutcome> {
    this.lookups.push(hash);
    await this.#hooks.beforeLookup?.();
    const record = this.#records.get(hash);
    this.#hooks.afterLookup?.();
    if (record === undefined) return { kind: 'absent' };
    const staleMs = this.#hooks.staleness?.(staleForMs);
    return staleMs === undefined
      ? { kind: 'found', record, source: 'memory' }
      : { kind: 'found', record, source: 'stale', staleMs };
  }

  /** Makes a token that is known, for an active person of acme but for what is given. */
  issue(given: Partial<TokenRecord>, roles: readonly string[]): RawToken {
    const token = mintToken('wl', given.kind ?? 'pat');
    this.#records.set(hashToken(token), recordFixture(given, roles));
    return token;
  }

  /** Changes what is known about a token, and tells nobody. */
  change(token: RawToken, change: (record: TokenRecord) => Partial<TokenRecord>): TokenRecord {
    const hash = hashToken(token);
    const record = this.#records.get(hash);
    if (record === undefined) throw new Error('there is no such token');
    const changed = { ...record, ...change(record) };
    this.#records.set(hash, changed);
    return changed;
  }
}
