import type { SessionEnd } from './session-end.ts';
import type { TokenKind } from './token.ts';

export type UserKind = 'human' | 'service';
export type UserStatus = 'active' | 'disabled';
export type OrganizationStatus = 'active' | 'suspended';

export interface OrganizationRecord {
  readonly id: string;
  readonly slug: string;
  readonly status: OrganizationStatus;
}

export interface UserRecord {
  readonly id: string;
  readonly username: string;
  /** Present only when verified. */
  readonly email?: string;
  readonly kind: UserKind;
  readonly status: UserStatus;
  readonly organization: OrganizationRecord;
  /** What the user is granted today, as `project/role`; the role `wayleave/member` goes without saying. */
  readonly roles: readonly string[];
}

/** What is known about a token, whoever presents it and wherever: an identity, never a decision. */
export interface TokenRecord {
  readonly id: string;
  readonly kind: TokenKind;
  readonly scopes: readonly string[];
  /** Address blocks in canonical form that it may be used from; none: from anywhere. */
  readonly allowedIps: readonly string[];
  /** Milliseconds since the epoch; null: never. */
  readonly expiresAt: number | null;
  readonly disabled: boolean;
  readonly revoked: boolean;
  /** When the presented secret was made, in epoch milliseconds: at the token's creation, or by a rotation. */
  readonly issuedAt: number;
  /** When the presented secret alone stops working (the end of a rotation's overlap), in epoch milliseconds. */
  readonly secretExpiresAt: number | null;
  /** Of a session: the user who is assumed. */
  readonly owner: UserRecord;
  /** Of a session, and of nothing else: what it rests on. */
  readonly assumption?: Assumption;
}

/** Who really acts in a session, and by whose leave: all that it ends with. */
export interface Assumption {
  /** The assume-user token that was redeemed. */
  readonly grantId: string;
  readonly grantDeleted: boolean;
  /** Epoch milliseconds; null: never. */
  readonly grantExpiresAt: number | null;
  /** Safe methods alone, and no upgrade. */
  readonly readOnly: boolean;
  /** Ids of users and organisations: who may be the actor. */
  readonly allowedActors: readonly string[];
  /** Who gave leave, as they are today. */
  readonly issuer: UserRecord;
  /** The token that redeemed it, with its present secret; its owner is the actor. */
  readonly redeemer: TokenRecord;
  /** When it ends unless it is used before, in epoch milliseconds; null: silence does not end it. */
  readonly idleUntil: number | null;
  /** Why it has been ended for good; null while it has not. */
  readonly ended: SessionEnd | null;
}

export type TokenState = 'active' | 'disabled' | 'expired' | 'revoked';

type TokenLife = Pick<TokenRecord, 'revoked' | 'disabled' | 'expiresAt'>;

/** The state of a token at an instant. What is final wins: revoked, then expired, then disabled. */
export function tokenState(token: TokenLife, nowMs: number): TokenState {
  if (token.revoked) return 'revoked';
  if (token.expiresAt !== null && token.expiresAt <= nowMs) return 'expired';
  return token.disabled ? 'disabled' : 'active';
}

/** What today's configuration says about how long tokens last, in milliseconds. */
export interface TokenPolicy {
  /** tokens.max_lifetime; Infinity: none. */
  readonly maxLifetimeMs: number;
  /** assume.session_max. */
  readonly sessionMaxMs: number;
}

/** Why a known token is not taken. */
export type TokenRefusal =
  | 'token_expired'
  | 'token_revoked'
  | 'token_disabled'
  | 'user_disabled'
  | 'organization_suspended';

/**
 * Asks, at the instant of a request and on every cache hit, whether the token counts.
 * @param maxLifetimeMs how old a secret may be under today's policy; Infinity: of any age
 * @returns the reason why not, or undefined
 */
export function refusalOf(record: TokenRecord, nowMs: number, maxLifetimeMs: number): TokenRefusal | undefined {
  const state = tokenState(record, nowMs);
  if (state !== 'active') return `token_${state}`;
  if (record.secretExpiresAt !== null && record.secretExpiresAt <= nowMs) return 'token_expired';
  if (record.issuedAt + maxLifetimeMs <= nowMs) return 'token_expired';
  if (record.owner.status === 'disabled') return 'user_disabled';
  if (record.owner.organization.status === 'suspended') return 'organization_suspended';
  return undefined;
}

/** When a token stops working at the latest, whatever it says of itself: policy may have become stricter since. */
export function effectiveExpiry(
  token: { readonly expiresAt: number | null; readonly issuedAt: number },
  maxLifetimeMs: number,
): number | null {
  if (maxLifetimeMs === Infinity) return token.expiresAt;
  return Math.min(token.expiresAt ?? Infinity, token.issuedAt + maxLifetimeMs);
}

/** Ids of everything that a record tells of: a change of any of them makes it out of date. */
export function recordKeys({ id, owner, assumption }: TokenRecord): readonly string[] {
  const own = [id, owner.id, owner.organization.id];
  if (assumption === undefined) return own;
  const { grantId, issuer, redeemer } = assumption;
  return [...own, grantId, issuer.id, issuer.organization.id, ...recordKeys(redeemer)];
}

/** Says whether the presented secret has had a successor, by a rotation of its token, and its time is over. */
export function isSecretEnded(record: Pick<TokenRecord, 'secretExpiresAt'>, nowMs: number): boolean {
  return record.secretExpiresAt !== null && record.secretExpiresAt <= nowMs;
}
