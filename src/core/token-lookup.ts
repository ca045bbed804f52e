import type { TokenHash } from './token.ts';
import type { TokenRecord } from './token-record.ts';

/** Which tier gave a record; `stale` is memory's answer past its time, while no store answers. */
export type LookupSource = 'memory' | 'postgres' | 'stale';

export type LookupOutcome =
  | { readonly kind: 'found'; readonly record: TokenRecord; readonly source: LookupSource }
  | { readonly kind: 'absent' };

/** Finds what is known about a token by its hash. */
export interface TokenLookup {
  /**
   * Answers at once what this node remembers, so that a known token costs no wait.
   * @param staleForMs for how long it may answer what it remembers while no store answers
   * @throws StoreUnavailable (as a rejection) when no tier can tell
   */
  find(hash: TokenHash, staleForMs: number): LookupOutcome | Promise<LookupOutcome>;
}
