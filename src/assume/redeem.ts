import type { GatewayConfig } from '../config/compiled.ts';
import type { Author } from '../core/audit.ts';
import {
  headerIdleMs,
  type HeaderSessions,
  type RedemptionCall,
  type RedemptionOutcome,
  type RedemptionProblem,
} from '../core/redemption.ts';
import { maskTokens } from '../core/token-mask.ts';
import { hashToken, headerSessionHash, lastFour, parseToken, type RawToken, type TokenKind } from '../core/token.ts';
import type { ChangeLog } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { GrantRef, Opening, PostgresRedemption, RedemptionRefusal } from './postgres-redemption.ts';
import { redemptionProblem, reasonProblem, unknownGrant } from './redemption-problems.ts';
import { RefusalNotes } from './refusal-notes.ts';

export interface RedemptionOptions {
  readonly store: Pick<PostgresRedemption, 'open' | 'extend'>;
  /** Where refusals are written down. */
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** The configuration in force at this moment. */
  readonly config: () => GatewayConfig;
  /** Draws a session's token. */
  readonly mintToken: (prefix: string) => RawToken;
}

/** The one way in which an assume-user token becomes a session, wherever it was redeemed. */
export class Redeemer implements HeaderSessions {
  readonly #options: RedemptionOptions;
  readonly #refusals: RefusalNotes;

  constructor(options: RedemptionOptions) {
    this.#options = options;
    this.#refusals = new RefusalNotes(options.clock);
  }

  async redeem(call: RedemptionCall): Promise<RedemptionOutcome> {
    const { caller } = call;
    if (caller.actor !== undefined) return refused(noChains);
    if (caller.tokenKind !== 'pat') return refused(wrongKind(caller.tokenKind));
    if (!caller.scopes.has('wayleave:assume')) return refused(redemptionProblem('actor_token_lost_assume'));
    const { tokens, assume, tokenPolicy } = this.#options.config();
    const grant = parseToken(call.assumeToken, [tokens.prefix, ...tokens.acceptPrefixes]);
    if (grant?.kind !== 'asu') return refused(unknownGrant);
    const faulty = reasonProblem(call.reason, assume.requireReason);
    if (faulty !== undefined) return refused(faulty);
    const secret = call.way === 'token' ? this.#options.mintToken(tokens.prefix) : undefined;
    const outcome = await this.#options.store.open({
      grantHash: grant.hash,
      caller,
      way: call.way,
      reason: call.reason === undefined ? undefined : maskTokens(call.reason),
      address: call.address,
      hash: secret === undefined ? headerSessionHash(grant.hash, caller.tokenId) : hashToken(secret),
      lastFour: secret === undefined ? call.assumeToken.slice(-4) : lastFour(secret),
      idleMs: headerIdleMs,
      policy: tokenPolicy,
      takesEndless: [...assume.lifetimes.values()].includes(Infinity),
      author: authorOf(call),
    } satisfies Opening);
    switch (outcome.kind) {
      case 'opened':
        return { kind: 'redeemed', session: outcome.session, secret, record: outcome.record };
      case 'unknown':
        return refused(unknownGrant);
      case 'refused':
        await this.#writeDown(outcome.grant, outcome.why, call);
        return refused(redemptionProblem(outcome.why));
    }
  }

  keep(sessionId: string): Promise<void> {
    const { store, clock } = this.#options;
    return store.extend(sessionId, clock.now() + headerIdleMs);
  }

  async #writeDown(grant: GrantRef, why: RedemptionRefusal, call: RedemptionCall): Promise<void> {
    const { caller, address } = call;
    // By person: anybody makes as many tokens as they like, and the rows stand in another organisation's log.
    const untold = this.#refusals.take(`${grant.id} ${caller.subject.id} ${why}`);
    if (untold === undefined) return;
    await this.#options.changes.as(authorOf(call)).transact((_sql, _changed, audit) => {
      audit({
        organizationId: grant.organizationId,
        action: 'assume_token.refused',
        target: { kind: 'assume_token', id: grant.id, name: null },
        before: null,
        after: {
          why,
          way: call.way,
          actor: caller.subject.id,
          actor_username: caller.subject.username,
          actor_organization: caller.subject.organization.id,
          actor_token: caller.tokenId,
          address,
          untold_before: untold,
        },
        ...(call.reason !== undefined && { reason: maskTokens(call.reason) }),
      });
      return Promise.resolve();
    });
  }
}

function authorOf({ caller, address, requestId, via }: RedemptionCall): Author {
  return {
    userId: caller.subject.id,
    actorId: null,
    tokenId: caller.tokenId,
    organizationId: caller.subject.organization.id,
    address: address === '' ? null : address,
    requestId,
    via,
  };
}

function refused(problem: RedemptionProblem): RedemptionOutcome {
  return { kind: 'refused', problem };
}

const noChains: RedemptionProblem = {
  code: 'assumed_denied',
  detail: 'whoever is another user already cannot become a third one; use your own token',
};

/** What is derived has a token as its parent, so somebody who came with a code needs one first. */
function wrongKind(kind: TokenKind): RedemptionProblem {
  const came = kind === 'enr' ? ', and you are signed in with an enrolment code; make a token of your own first' : '';
  return { code: 'assumed_denied', detail: `an assume-user token is redeemed with a personal access token${came}` };
}
