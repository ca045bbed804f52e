import type { SigningAlgorithm, SigningKeyState } from '../../core/signing-key.ts';

/** A key that signs assertions, as the store has it. Instants are of the database's clock. */
export interface SigningKey {
  /** The `kid` of what it signs. */
  readonly id: string;
  readonly algorithm: SigningAlgorithm;
  readonly state: SigningKeyState;
  readonly createdAtMs: number;
  readonly signsFromMs: number;
  /** When the next key takes over; null: not yet decided, as the next. */
  readonly retiresAtMs: number | null;
  /** When it leaves the key set. */
  readonly goneAtMs: number | null;
}

export interface SigningKeys {
  /** All there ever were, the newest first. */
  list(): Promise<readonly SigningKey[]>;
  /**
   * Publishes a new key, which signs once every verifier can know it; or, with `now`, lets the newest one sign at once,
   * which is the published one where there is one already. `waiting`: there is one already, and nothing was changed.
   */
  rotate(wish: {
    readonly algorithm: SigningAlgorithm;
    readonly now: boolean;
  }): Promise<{ readonly kind: 'rotated' | 'waiting'; readonly key: SigningKey }>;
  /** Takes a key out of the key set at once, unless it is signing; may be repeated without harm. undefined: no such key. */
  retire(id: string): Promise<{ readonly kind: 'retired' | 'signing'; readonly key: SigningKey } | undefined>;
}
