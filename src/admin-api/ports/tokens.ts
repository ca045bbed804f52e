import type { Page, Token } from '../../core/directory.ts';
import type { TokenHash } from '../../core/token.ts';
import type { TokenRecord, TokenState } from '../../core/token-record.ts';
import type { Conflict, Created, Outdated, PageRequest } from './changes.ts';

export interface NewToken {
  readonly userId: string;
  readonly name: string;
  readonly purpose?: string;
  readonly scopes: readonly string[];
  /** Address blocks in canonical form; left out or none: from anywhere. */
  readonly allowedIps?: readonly string[];
  readonly expiresAt: number | null;
  readonly hash: TokenHash;
  readonly lastFour: string;
  readonly createdBy: string;
  readonly parentId?: string;
}

export interface TokenFilter {
  readonly organizationId?: string;
  readonly userId?: string;
  readonly state?: TokenState;
  /** Found in the name or the owner's username, in any case. */
  readonly search?: string;
  /** It ends before this instant; tokens that never end do not. */
  readonly expiresBeforeMs?: number;
  /** Neither made nor used after this instant. */
  readonly unusedSinceMs?: number;
  /** Its owner is a service user on the review list. */
  readonly review?: true;
  /** It was revoked or, where it was not, expired at this instant or before. */
  readonly endedBeforeMs?: number;
}

/** What lists of tokens can be sorted by. What never happens comes after all else, what never happened before it. */
export const tokenSortKeys = ['created_at', 'expires_at', 'last_used_at', 'name'] as const;

export interface TokenSort {
  readonly by: (typeof tokenSortKeys)[number];
  readonly descending: boolean;
}

/** A new secret for a token. */
export interface TokenRotationWish {
  readonly hash: TokenHash;
  readonly lastFour: string;
  /** How long the secret before it works on, in milliseconds; never beyond the end that the token had. */
  readonly overlapMs: number;
  readonly expiresAt: number | null;
}

/** What a holder of the right may do to a token. `changedBy` is a user id. */
export type TokenAction = 'expire' | 'disable' | 'enable' | 'revoke' | 'delete';

/** The state a token was in does not permit the action; the token is as it was. */
export interface NotPossible {
  readonly kind: 'not_possible';
  readonly token: Token;
}

export interface Tokens {
  create(input: NewToken): Promise<Created<Token> | Conflict>;
  /** Deleted tokens are not found. */
  find(id: string): Promise<Token | undefined>;
  /**
   * Newest first unless told; a cursor counts for the filter and the order that gave it. A page may have fewer items than
   * were asked for, or none, and a cursor all the same: what lies so far was looked at, and there may be more.
   */
  list(filter: TokenFilter, page: PageRequest, sort?: TokenSort): Promise<Page<Token>>;
  /** @param change.version that of the token which the change was decided on; left out where nothing was decided */
  edit(
    id: string,
    change: { scopes?: readonly string[]; purpose?: string | null; version?: number },
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | Outdated | undefined>;
  /**
   * Gives the token another secret; the one before works on for the overlap, and one still older ends at once. What
   * derives from the token ends no later than it.
   */
  rotate(
    id: string,
    wish: TokenRotationWish & { version: number },
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | Outdated | undefined>;
  /**
   * Ends active and disabled tokens of a filter now, the oldest first.
   * @param limit.except the token that is left out
   * @returns those that were ended, or with `dryRun` would be, and whether there are more
   */
  expireAll(
    filter: TokenFilter,
    limit: { most: number; except?: string; dryRun: boolean },
    changedBy: string,
  ): Promise<{ tokens: readonly Token[]; more: boolean }>;
  /** Deletes expired and revoked tokens of a filter, the oldest first; otherwise as `expireAll`. */
  prune(
    filter: TokenFilter,
    limit: { most: number; except?: string; dryRun: boolean },
    changedBy: string,
  ): Promise<{ tokens: readonly Token[]; more: boolean }>;
  /** Expire, revoke and delete may be repeated without harm; a revoked or expired token is never enabled or disabled. */
  act(
    id: string,
    action: TokenAction,
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | Conflict | undefined>;
}

/** Where it is noted that a secret was sent which a rotation has ended. */
export interface EndedSecretNotes {
  note(use: { record: TokenRecord; address: string; requestId: string; via: 'api' }): void;
}
