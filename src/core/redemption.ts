import type { AssumeSession, AssumeWay } from './assume.ts';
import type { AuditWay } from './audit.ts';
import type { Principal } from './principal.ts';
import type { Problem } from './problem.ts';
import type { TokenRecord } from './token-record.ts';
import type { RawToken } from './token.ts';

/** What a client asks for by the headers Assume-User and Assume-Reason. */
export interface AssumeWish {
  readonly assumeToken: string;
  readonly reason: string | undefined;
}

/** Somebody wants to be another user, by an assume-user token. All three ways of asking come to this. */
export interface RedemptionCall {
  /** The assume-user token as it was sent. */
  readonly assumeToken: string;
  /** Who asks, and with what token. */
  readonly caller: Principal;
  readonly reason: string | undefined;
  readonly way: AssumeWay;
  /** The client's address. */
  readonly address: string;
  readonly requestId: string;
  readonly via: AuditWay;
}

export type RedemptionOutcome =
  | {
      readonly kind: 'redeemed';
      readonly session: AssumeSession;
      /** The session's token, shown this once; undefined for a session that a header stands for. */
      readonly secret: RawToken | undefined;
      /** What is known about the session from now on. */
      readonly record: TokenRecord;
    }
  | { readonly kind: 'refused'; readonly problem: RedemptionProblem };

/** Why there is no session, in codes that every way of asking can answer. */
export type RedemptionProblem = Problem & {
  readonly code:
    | 'invalid_request'
    | 'token_invalid'
    | 'token_expired'
    | 'token_revoked'
    | 'insufficient_scope'
    | 'assumed_denied'
    | 'assume_ended';
};

/** A session that a header has opened ends after so long without a request. */
export const headerIdleMs = 15 * 60_000;

/** Opens sessions. @throws StoreUnavailable, AuditUnavailable */
export interface Redemption {
  redeem(call: RedemptionCall): Promise<RedemptionOutcome>;
}

/** The same for sessions that headers stand for. */
export interface HeaderSessions extends Redemption {
  /** The session has just been used, so that its silence begins anew. */
  keep(sessionId: string): Promise<void>;
}
