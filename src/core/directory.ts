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
  readonly createdAt: number;
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
  readonly state: TokenState;
  readonly lastFour: string;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly changedAt: number;
  readonly changedBy: string;
  readonly expiresAt: number | null;
  readonly parentId: string | null;
}

/** A page of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}
