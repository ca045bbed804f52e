import type { TokenHash } from './token.ts';
import type { TokenRecord } from './token-record.ts';

/** Which tier gave a record; `stale` is memory's answer past its time, while no store answers. */
export type LookupSource = 'memory' | 'postgres' | 'stale';

export type LookupOutcome =
  | { readonly kind: 'found'; readonly record: TokenRecord; readonly source: LookupSource }
  | { readonly kind: 'absent' };

/** Finds what is known about a token by its hash. */
export interface TokenLookup {
  /** @throws StoreUnavailable when no tier can tell */
  find(hash: TokenHash): Promise<LookupOutcome>;
}
