import { joinAssuming } from '../../src/assembly/assuming.ts';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import type { AssumeToken } from '../../src/core/assume.ts';
import { readBearer, recordProblem } from '../../src/core/bearer.ts';
import { principalOf, type Principal } from '../../src/core/principal.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { RedemptionCall, RedemptionOutcome } from '../../src/core/redemption.ts';
import { hashToken, lastFour, mintToken, type RawToken } from '../../src/core/token.ts';
import { GatewayMetrics } from '../../src/observability/metrics.ts';
import { configFixture } from '../admin-api/support/config.ts';
import { People, type Holder } from '../admin-api/support/people.ts';
import { openStores } from '../admin-api/support/stores.ts';
import { ManualClock } from '../tokens/fixture.ts';

export interface Leave {
  readonly token: AssumeToken;
  readonly secret: RawToken;
}

/** What is left to say about an assume-user token: the rest is a person of acme, for two hours, for anybody of helpers. */
export interface LeaveWish {
  readonly issuer: Holder;
  readonly subject?: Holder;
  readonly scopes?: readonly string[];
  readonly allowedActors?: readonly string[] | null;
  readonly readOnly?: boolean;
  readonly lifetimeMs?: number | null;
}

/** Organisations, people and sessions on a real Postgres, at a time that stands still until it is told otherwise. */
export async function openScene() {
  const clock = new ManualClock();
  const opened = await openStores(clock);
  const { stores, lookup, changes } = opened;
  const config = configFixture();
  const people = new People(stores, clock);
  let inForce = config;
  const redemption = joinAssuming({ changes, clock, config: () => inForce });

  /** Who a bearer token makes of its holder at this moment. */
  const authenticate = async (token: string): Promise<Principal | Problem> => {
    const credential = readBearer(`Bearer ${token}`, ['wl']);
    if (credential.kind === 'refused') return credential.problem;
    const found = await lookup.find(credential.token.hash, 0);
    if (found.kind === 'absent') throw new Error('there is no such token');
    const { record } = found;
    return (
      recordProblem(record, clock.now(), config.tokenPolicy) ??
      principalOf(record, config.roleScopes, config.tokenPolicy)
    );
  };
  const principal = async (token: string): Promise<Principal> => {
    const outcome = await authenticate(token);
    if ('code' in outcome) throw new Error(`${outcome.code}: ${outcome.detail}`);
    return outcome;
  };
  const issue = async (wish: LeaveWish): Promise<Leave> => {
    const secret = mintToken('wl', 'asu');
    const { issuer, subject = issuer, lifetimeMs = 7_200_000 } = wish;
    const token = await stores.assumeTokens.create({
      organizationId: issuer.user.organizationId,
      issuerId: issuer.user.id,
      subjectId: subject.user.id,
      scopes: wish.scopes ?? ['device:read', 'device:write'],
      allowedActors: wish.allowedActors ?? null,
      readOnly: wish.readOnly ?? false,
      reason: 'the export fails',
      validity: lifetimeMs === null ? 'lifetime' : '2h',
      expiresAt: lifetimeMs === null ? null : clock.now() + lifetimeMs,
      hash: hashToken(secret),
      lastFour: lastFour(secret),
    });
    if (token === undefined) throw new Error('issuer or subject is not of the organisation');
    return { token, secret };
  };
  const redeem = async (
    who: Holder | string,
    leave: Pick<Leave, 'secret'>,
    given: Partial<RedemptionCall> = {},
  ): Promise<RedemptionOutcome> =>
    redemption.redeem({
      assumeToken: leave.secret,
      caller: await principal(typeof who === 'string' ? who : who.secret),
      reason: 'ticket 4711',
      way: 'token',
      address: '192.0.2.7',
      requestId: 'req-1',
      via: 'proxy',
      ...given,
    });
  /** A session, with the text that its holder sends. */
  const enter = async (who: Holder, leave: Leave) => {
    const outcome = await redeem(who, leave);
    if (outcome.kind === 'refused') throw new Error(`${outcome.problem.code}: ${outcome.problem.detail}`);
    if (outcome.secret === undefined) throw new Error('the session has no token');
    return { session: outcome.session, secret: outcome.secret };
  };
  const admin = (slug: string, roles: readonly string[] = ['analytics/editor']) =>
    people.holder(slug, ['wayleave/org-admin', ...roles], ['wayleave:assume:issue']);
  const helper = (slug = 'helpers') => people.holder(slug, [], ['wayleave:assume']);
  /** What calls that take something away need besides the stores. */
  const settled = { nodesExpected: 1, nodesConfirmed: 1, silent: [], boundMs: 1000 };
  const deps = { clock, receipts: { settle: () => Promise.resolve(settled) }, metrics: new GatewayMetrics('1.2.3') };
  return {
    ...opened,
    deps,
    clock,
    config,
    people,
    redemption,
    /** What redemptions go by from now on. */
    reconfigure: (next: GatewayConfig) => void (inForce = next),
    authenticate,
    principal,
    issue,
    redeem,
    enter,
    admin,
    helper,
  };
}

export type Scene = Awaited<ReturnType<typeof openScene>>;
