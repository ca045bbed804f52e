import type { OrganizationStatus, TokenState, UserKind, UserStatus } from './token-record.ts';
import type { TokenKind } from './token.ts';

/** An organisation as the admin API shows it. Instants are epoch milliseconds. */
export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: OrganizationStatus;
  readonly createdAt: number;
}

export type AccessTokenType = 'bearer' | 'jwt';

/** A person or a service user. */
export interface User {
  readonly id: string;
  readonly organizationId: string;
  readonly kind: UserKind;
  readonly username: string;
  readonly name: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly status: UserStatus;
  readonly accessTokenType: AccessTokenType;
  /** Who answers for a service user: the id of a person of the same organisation. */
  readonly ownerId: string | null;
  readonly purpose: string | null;
  /** Set while somebody must say what becomes of a service user. */
  readonly review: Review | null;
  readonly createdAt: number;
}

export const reviewReasons = ['owner_disabled', 'owner_deleted'] as const;
export type ReviewReason = (typeof reviewReasons)[number];

/** The owner of a service user is gone. Its tokens go on until an admin names another owner, confirms or ends it. */
export interface Review {
  readonly reason: ReviewReason;
  readonly since: number;
}

/** Roles of one project granted to a user. */
export interface Authorization {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly project: string;
  readonly roles: readonly string[];
  readonly createdAt: number;
}

/** A token as lists show it: everything but the secret and its hash. */
export interface Token {
  readonly id: string;
  readonly kind: TokenKind;
  readonly organizationId: string;
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  readonly purpose: string | null;
  readonly scopes: readonly string[];
  /** Address blocks in canonical form that it may be used from; none: from anywhere. */
  readonly allowedIps: readonly string[];
  readonly state: TokenState;
  readonly lastFour: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly changedAt: number;
  readonly changedBy: string;
  readonly expiresAt: number | null;
  /** When its present secret was made: at its creation, or by a rotation. */
  readonly issuedAt: number;
  /** The secret before that; null when it was never rotated. */
  readonly rotation: TokenRotation | null;
  /** Grows with every change. */
  readonly version: number;
  readonly parentId: string | null;
  /** Seconds behind; null when it was never used. */
  readonly lastUse: TokenLastUse | null;
}

/** The secret that a rotation has replaced. */
export interface TokenRotation {
  readonly oldLastFour: string;
  /** When it ends, or has ended. */
  readonly until: number;
  /** Requests that came with it since then; seconds behind. */
  readonly oldCalls: number;
  readonly oldLastUsedAt: number | null;
}

/** When, from where and on which route a token was last used. */
export interface TokenLastUse {
  readonly at: number;
  readonly address: string;
  /** The route's name. */
  readonly route: string;
}

/** A page of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}
