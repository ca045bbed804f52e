import type { SessionEnd } from './session-end.ts';
import type { UserKind } from './token-record.ts';

/** The word for the lifetime of an assume-user token without end. */
export const withoutEnd = 'lifetime';

/** Somebody as assume-user tokens and their sessions name them. */
export interface AssumeParty {
  readonly id: string;
  readonly username: string;
  readonly organizationId: string;
  readonly organizationSlug: string;
}

/** `expired`: by time, or because an admin has said so; it stays listed. */
export type AssumeTokenState = 'active' | 'expired';

/** An assume-user token as lists show it: everything but the secret and its hash. Instants are epoch milliseconds. */
export interface AssumeToken {
  readonly id: string;
  readonly organizationId: string;
  readonly issuer: AssumeParty;
  /** Whose identity upstreams will see. */
  readonly subject: AssumeParty;
  readonly scopes: readonly string[];
  /** Ids of users and organisations who may redeem it; null: the organisation of whoever does so first. */
  readonly allowedActors: readonly string[] | null;
  /** Whose organisation that is by now; null while nobody has redeemed it, and where `allowedActors` says who may. */
  readonly firstActorOrganizationId: string | null;
  readonly readOnly: boolean;
  readonly reason: string;
  /** As it was chosen: `2h`, `lifetime`. */
  readonly validity: string;
  readonly state: AssumeTokenState;
  readonly lastFour: string;
  readonly createdAt: number;
  /** null: never. */
  readonly expiresAt: number | null;
  /** The user who ended it before its time. */
  readonly expiredBy: string | null;
  /** Sessions that have not ended. */
  readonly openSessions: number;
}

/** How a session was opened: redeemed for a token of its own, or by the header Assume-User of a request. */
export const assumeWays = ['token', 'header'] as const;
export type AssumeWay = (typeof assumeWays)[number];

/** A session in which one person is another user. */
export interface AssumeSession {
  /** Of the session's token too: what it does is logged under this id. */
  readonly id: string;
  readonly assumeTokenId: string;
  readonly subject: AssumeParty & { readonly kind: UserKind };
  /** Who really acts. */
  readonly actor: AssumeParty;
  /** The token that it was redeemed with. */
  readonly actorTokenId: string;
  readonly way: AssumeWay;
  /** What the assume-user token gives; in effect is what of it the subject may do at the moment. */
  readonly scopes: readonly string[];
  readonly readOnly: boolean;
  readonly reason: string | null;
  /** Where it was opened from. */
  readonly address: string;
  readonly startedAt: number;
  /** At the latest. */
  readonly expiresAt: number;
  /** Of one opened by a header: it ends then unless it is used before. */
  readonly idleUntil: number | null;
  /** null: it has not been ended, as far as is known; one that ends by itself is noted seconds later. */
  readonly endedAt: number | null;
  readonly endReason: SessionEnd | null;
  /** A user id; null for what ended by itself. */
  readonly endedBy: string | null;
}
