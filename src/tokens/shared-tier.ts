import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';

/** A token as another node left it. */
export interface SharedValue {
  readonly record: TokenRecord;
  /** The number of the change log up to which its writer had followed before it read the record. */
  readonly asOf: number;
  /** How long ago it was read, in milliseconds, by the clocks of two nodes. */
  readonly ageMs: number;
}

/** The cache that all nodes share, between a node's memory and Postgres. What fails in it counts as a miss. */
export interface SharedTier {
  /** Resolves to undefined for a miss, whatever its reason. Never rejects. */
  get(hash: TokenHash): Promise<SharedValue | undefined>;
  /** Leaves a record for the others, unless something newer is there. Never rejects, never takes long. */
  put(hash: TokenHash, record: TokenRecord, asOf: number): Promise<void>;
  /** Sees to it that nothing older than change `number` is kept or put for these hashes. Never rejects. */
  bury(hashes: readonly TokenHash[], number: number): Promise<void>;
}
