import type { AccessTokenType, Authorization, Organization, Page, Token, User } from '../core/directory.ts';
import type { SigningAlgorithm, SigningKeyState } from '../core/signing-key.ts';
import type { TokenHash } from '../core/token.ts';
import type { OrganizationStatus, TokenRecord, TokenState, UserKind, UserStatus } from '../core/token-record.ts';

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

/** The owner that a service user would get is no active person of its organisation, so nothing was changed. */
export interface UnfitOwner {
  readonly kind: 'unfit_owner';
}

/** `wayleave admin-token` lets operators in by this user, so it can be disabled, but not deleted. */
export interface NeededUser {
  readonly kind: 'needed_user';
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
  /** Takes a service user off the review list as it is; so does another owner. */
  readonly reviewed?: true;
}

export interface UserFilter {
  readonly kind?: UserKind;
  readonly search?: string;
  /** Those on the review list alone. */
  readonly review?: boolean;
}

/** Deleted users are not found. */
export interface Users {
  /** A name that a deleted user had is taken too. */
  create(input: NewUser): Promise<Created<User> | Conflict | UnfitOwner>;
  find(organizationId: string, id: string): Promise<User | undefined>;
  /** In whatever organisation; the caller judges whether it may be seen. */
  findById(id: string): Promise<User | undefined>;
  list(organizationId: string, filter: UserFilter, page: PageRequest): Promise<Page<User>>;
  /** Service users of a person who is disabled come on the review list. */
  change(
    organizationId: string,
    id: string,
    change: UserChange,
  ): Promise<User | LastPlatformAdmin | UnfitOwner | undefined>;
  /**
   * Deletes a user: its tokens are revoked, its roles and open enrolment codes end, its service users come on the
   * review list. `removedBy` is a user id.
   */
  remove(
    organizationId: string,
    id: string,
    removedBy: string,
  ): Promise<User | LastPlatformAdmin | NeededUser | undefined>;
}

export interface NewEnrolment {
  readonly organizationId: string;
  readonly userId: string;
  readonly hash: TokenHash;
  readonly expiresAt: number;
  readonly verifiesEmail: boolean;
  /** Roles of the person by which it was judged whether the maker may make the code, as `project/role`. */
  readonly roles: readonly string[];
  /** A user id. */
  readonly createdBy: string;
}

/**
 * What a code is to whoever holds it. `replaced`: a newer code of the person ended it, or a `wayleave` role that the
 * person got since, or the person was deleted.
 */
export type EnrolmentState = 'open' | 'used' | 'expired' | 'replaced';

export interface Enrolment {
  readonly userId: string;
  readonly state: EnrolmentState;
}

/** The codes that give people their first credential. */
export interface Enrolments {
  /** Ends the person's earlier codes. @returns undefined when there is no such person */
  create(input: NewEnrolment): Promise<{ kind: 'created' } | undefined>;
  /** @returns undefined when no code has this hash */
  find(hash: TokenHash): Promise<Enrolment | undefined>;
  /** Uses a code up and creates the person's token, both or neither. */
  redeem(
    hash: TokenHash,
    token: NewToken,
  ): Promise<Created<Token> | Conflict | { kind: 'closed'; state: Exclude<EnrolmentState, 'open'> } | undefined>;
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

/** The token has changed since it was read, so nothing was done: what was decided on may no longer hold. */
export interface Outdated {
  readonly kind: 'outdated';
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
  /** Newest first unless told; a cursor counts for the filter and the order that gave it. */
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
  /** Expire, revoke and delete may be repeated without harm; a revoked or expired token is never enabled or disabled. */
  act(
    id: string,
    action: TokenAction,
    changedBy: string,
  ): Promise<{ kind: 'changed'; token: Token } | NotPossible | Conflict | undefined>;
}

/** How often a token was used on a route within an hour. */
export interface UsageHour {
  /** When the hour began. */
  readonly hourMs: number;
  readonly tokenId: string;
  readonly userId: string;
  readonly organizationId: string;
  readonly route: string;
  /** What the route asked for, separated by spaces; scopes of which one would do are joined by `|`. */
  readonly scopes: string;
  readonly allowed: number;
  readonly refused: number;
}

export interface UsageFilter {
  readonly organizationId?: string;
  readonly userId?: string;
  readonly tokenId?: string;
  /** Hours that begin at `fromMs` or later and before `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface UsageHours {
  /** Newest first. */
  list(filter: UsageFilter, page: PageRequest): Promise<Page<UsageHour>>;
}

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

/** A gateway process that serves from the same store. */
export interface ServingNode {
  readonly id: string;
  /** What people know it by: host and process. */
  readonly name: string;
  /** Where its proxy listens. */
  readonly address: string;
  readonly version: string;
  /** The revision of its gateway.yaml. */
  readonly revision: string;
  readonly startedAtMs: number;
  readonly renewedAtMs: number;
  /** The number of the change log up to which it has followed. */
  readonly acknowledged: number;
  /** The longest time for which it serves what it knows without news of changes. */
  readonly staleForMs: number;
  /** `silent`: not heard of lately, but it may still serve; `gone`: it serves nothing that it remembers. */
  readonly state: 'following' | 'silent' | 'gone';
}

/** How far a change has got when its receipt is written. */
export interface Settlement {
  readonly nodesExpected: number;
  readonly nodesConfirmed: number;
  /** The names of the others. */
  readonly silent: readonly string[];
  /** After this time even a silent node no longer serves what was taken away. */
  readonly boundMs: number;
}

export interface Receipts {
  /** Waits until every node has followed what was changed here, for about a second at most; never rejects. */
  settle(): Promise<Settlement>;
}

export interface NodeList {
  list(): Promise<readonly ServingNode[]>;
}

/** Where it is noted that a secret was sent which a rotation has ended. */
export interface EndedSecretNotes {
  note(use: { record: TokenRecord; address: string; requestId: string; via: 'api' }): void;
}

/** One exchange under way on the proxy listener. */
export interface LiveConnection {
  /** Its request id. */
  readonly id: string;
  readonly kind: 'request' | 'stream' | 'upgrade';
  readonly route: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What is under way on this node; each node knows of its own alone. */
export interface LiveConnectionList {
  /** What people know this node by. */
  readonly node: string;
  /** The oldest first. */
  ofToken(tokenId: string): readonly LiveConnection[];
}
