import type { AssumeSession, AssumeToken, AssumeTokenState } from '../../core/assume.ts';
import type { Page } from '../../core/directory.ts';
import type { TokenHash } from '../../core/token.ts';
import type { PageRequest } from './changes.ts';

export interface NewAssumeToken {
  /** The issuer's and the subject's. */
  readonly organizationId: string;
  readonly issuerId: string;
  readonly subjectId: string;
  readonly scopes: readonly string[];
  /** Ids of users, ids and slugs of organisations, one at least; null: the organisation of whoever redeems it first. */
  readonly allowedActors: readonly string[] | null;
  readonly readOnly: boolean;
  readonly reason: string;
  /** As it was chosen: `2h`, `lifetime`. */
  readonly validity: string;
  /** null: never. */
  readonly expiresAt: number | null;
  readonly hash: TokenHash;
  readonly lastFour: string;
}

/** The assume-user tokens of organisations. Deleted ones are not found. */
export interface AssumeTokens {
  /** @returns undefined when issuer or subject is no user of that organisation by now */
  create(input: NewAssumeToken): Promise<AssumeToken | undefined>;
  find(organizationId: string, id: string): Promise<AssumeToken | undefined>;
  /** Newest first. @param state undefined: all that are not deleted */
  list(organizationId: string, state: AssumeTokenState | undefined, page: PageRequest): Promise<Page<AssumeToken>>;
  /** Ends it and its sessions now; one that has expired stays as it is. @param by a user id */
  expire(organizationId: string, id: string, by: string): Promise<AssumeToken | undefined>;
  /** Takes it out of the lists and ends its sessions. @param by a user id @returns it as it was */
  remove(organizationId: string, id: string, by: string): Promise<AssumeToken | undefined>;
}

export interface AssumeSessionFilter {
  /** The subject's organisation. */
  readonly organizationId?: string;
  readonly actorId?: string;
  readonly assumeTokenId?: string;
  readonly state?: 'open' | 'ended';
}

/** Who is, or was, another user. */
export interface AssumeSessions {
  find(id: string): Promise<AssumeSession | undefined>;
  /** Newest first. */
  list(filter: AssumeSessionFilter, page: PageRequest): Promise<Page<AssumeSession>>;
  /** The hash of the token of a session that has not ended; undefined unless `actorTokenId` redeemed it. */
  openHash(id: string, actorTokenId: string): Promise<TokenHash | undefined>;
  /** Ends a session for good; one that has ended stays as it is. @param by a user id, and in which quality */
  end(id: string, by: { readonly userId: string; readonly as: 'actor' | 'admin' }): Promise<AssumeSession | undefined>;
}
