import type { TokenHash } from './token.ts';
import type { TokenRecord } from './token-record.ts';

/** Which tier gave a record; `stale` is memory's answer while this node cannot tell whether it is still true. */
export type LookupSource = 'memory' | 'redis' | 'postgres' | 'stale';

export type LookupOutcome =
  | {
      readonly kind: 'found';
      readonly record: TokenRecord;
      readonly source: LookupSource;
      /** Of a stale record: how long ago, in milliseconds, it was last known to be true. */
      readonly staleMs?: number;
      /** Of a remembered record: when it was read, by the monotonic clock. */
      readonly readAtMs?: number;
    }
  | { readonly kind: 'absent' };

/** What is known of a token, and from where. */
export type Found = Extract<LookupOutcome, { kind: 'found' }>;

/** Finds what is known about a token by its hash. */
export interface TokenLookup {
  /**
   * Answers at once what this node remembers, so that a known token costs no wait.
   * @param staleForMs for how long after the last news of changes it may answer what it remembers
   * @throws StoreUnavailable (as a rejection) when no tier can tell
   */
  find(hash: TokenHash, staleForMs: number): LookupOutcome | Promise<LookupOutcome>;
}
