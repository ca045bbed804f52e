import type { AccessTokenType, Authorization, Organization, Page, Token, User } from '../core/directory.ts';
import type { TokenHash } from '../core/token.ts';
import type { OrganizationStatus, TokenState, UserKind, UserStatus } from '../core/token-record.ts';

/** What the admin API needs of the store. Every call throws StoreUnavailable when the store does not answer in time. */

/** Something of that name exists already; its id tells the caller what to change instead. */
export interface Conflict {
  readonly kind: 'conflict';
  readonly existingId: string;
}

export interface Created<Item> {
  readonly kind: 'created';
  readonly item: Item;
}

/** The changed item; undefined when there is none of that id (in that organisation, where one is given). */
export type Changed<Item> = Promise<Item | undefined>;

/**
 * The change would leave the platform without an active admin (an active user of the organisation `platform` with the
 * role `wayleave/platform-admin`), so nothing was changed. The store decides it in the transaction of the change, one
 * such change at a time, or two admins could remove each other.
 */
export interface LastPlatformAdmin {
  readonly kind: 'last_platform_admin';
}

export interface PageRequest {
  /** 1 to 200 items. */
  readonly limit: number;
  readonly cursor?: string;
}

export interface Organizations {
  create(input: { slug: string; name: string }): Promise<Created<Organization> | Conflict>;
  /** @param reference an id or a slug */
  find(reference: string): Promise<Organization | undefined>;
  list(page: PageRequest): Promise<Page<Organization>>;
  change(id: string, change: { name?: string; status?: OrganizationStatus }): Changed<Organization>;
}

export interface NewUser {
  readonly organizationId: string;
  readonly kind: UserKind;
  readonly username: string;
  readonly name: string;
  readonly email?: string;
  readonly accessTokenType: AccessTokenType;
  readonly ownerId?: string;
  readonly purpose?: string;
}

export interface UserChange {
  readonly status?: UserStatus;
  readonly name?: string;
  readonly email?: string | null;
  readonly ownerId?: string | null;
  readonly purpose?: string | null;
}

export interface Users {
  create(input: NewUser): Promise<Created<User> | Conflict>;
  find(organizationId: string, id: string): Promise<User | undefined>;
  /** In whatever organisation; the caller judges whether it may be seen. */
  findById(id: string): Promise<User | undefined>;
  list(organizationId: string, filter: { kind?: UserKind; search?: string }, page: PageRequest): Promise<Page<User>>;
  change(organizationId: string, id: string, change: UserChange): Promise<User | LastPlatformAdmin | undefined>;
}

export interface Authorizations {
  /** Adds roles of one project to a user; a second grant for the same user and project is a conflict. */
  create(input: {
    organizationId: string;
    userId: string;
    project: string;
    roles: readonly string[];
  }): Promise<Created<Authorization> | Conflict>;
  list(organizationId: string, filter: { userId?: string }, page: PageRequest): Promise<Page<Authorization>>;
  find(organizationId: string, id: string): Promise<Authorization | undefined>;
  remove(organizationId: string, id: string): Promise<Authorization | LastPlatformAdmin | undefined>;
  /** The roles a user holds today, as `project/role`. */
  rolesOf(userId: string): Promise<readonly string[]>;
}

export interface NewToken {
  readonly userId: string;
  readonly name: string;
  readonly purpose?: string;
  readonly scopes: readonly string[];
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
  list(filter: TokenFilter, page: PageRequest): Promise<Page<Token>>;
  edit(
    id: string,
    change: { scopes?: readonly string[]; purpose?: string | null },
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | undefined>;
  /** Expire, revoke and delete may be repeated without harm; a revoked or expired token is never enabled or disabled. */
  act(
    id: string,
    action: TokenAction,
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | Conflict | undefined>;
}
