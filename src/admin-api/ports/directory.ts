import type { AccessTokenType, Authorization, Organization, Page, Token, User } from '../../core/directory.ts';
import type { TokenHash } from '../../core/token.ts';
import type { OrganizationStatus, UserKind, UserStatus } from '../../core/token-record.ts';
import type { Conflict, Created, Changed, PageRequest } from './changes.ts';
import type { ConsoleSession, NewSession } from './console-sessions.ts';
import type { NewToken } from './tokens.ts';

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

export interface ClosedEnrolment {
  readonly kind: 'closed';
  readonly state: Exclude<EnrolmentState, 'open'>;
}

/** The codes that give people their first credential. */
export interface Enrolments {
  /** Ends the person's earlier codes. @returns undefined when there is no such person */
  create(input: NewEnrolment): Promise<{ kind: 'created' } | undefined>;
  /** @returns undefined when no code has this hash */
  find(hash: TokenHash): Promise<Enrolment | undefined>;
  /** Uses a code up and creates the person's token, both or neither. */
  redeem(hash: TokenHash, token: NewToken): Promise<Created<Token> | Conflict | ClosedEnrolment | undefined>;
  /** Uses a code up and begins a session of the console, both or neither. */
  signIn(hash: TokenHash, session: NewSession): Promise<Created<ConsoleSession> | ClosedEnrolment | undefined>;
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
