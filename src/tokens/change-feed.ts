/** A row of the change log as nodes follow it. */
export interface FollowedRow {
  readonly number: number;
  /** The id of what changed; the hash of a new secret. */
  readonly key: string;
  /** How long ago it was written, by the database's clock. */
  readonly ageMs: number;
}

/** The change log as it is read. Every method throws StoreUnavailable when the database does not answer in time. */
export interface ChangeFeed {
  /** The number of the last row that is older than `windowMs`; 0 when there is none. */
  lastBefore(windowMs: number): Promise<number>;
  /** The highest number; 0 for an empty log. */
  head(): Promise<number>;
  /** The rows from `number` on, that one included, in order: at most `rowsMax`, of which there must be two. */
  from(number: number, rowsMax: number): Promise<readonly FollowedRow[]>;
  /** Sees to it that no change to come has a number up to `number`. */
  goOnAbove(number: number): Promise<void>;
  /** Removes rows that are older than `retentionMs`, but for the last of them, by which nodes know where they are. */
  prune(retentionMs: number): Promise<void>;
}
