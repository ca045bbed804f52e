import { describe, expect, it } from 'vitest';
import type { TokenLookup } from '../../src/core/token-lookup.ts';
import { compileRoutes } from '../../src/core/route-table.ts';
import type { SessionEnd } from '../../src/core/session-end.ts';
import { sessionEndOf } from '../../src/core/assumption.ts';
import type { TokenRecord, UserRecord } from '../../src/core/token-record.ts';
import { hashToken, headerSessionHash, mintToken } from '../../src/core/token.ts';
import { bearerAuthentication } from '../../src/gateway/authenticate.ts';
import { decide, type Decision } from '../../src/gateway/decide.ts';
import { createSanitizer } from '../../src/gateway/runtime.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { configFixture } from '../admin-api/support/config.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { redeemerFixture, sessionFixture, userFixture } from '../support/session-fixture.ts';

const now = systemClock.now();
const past = now - 1000;
const suspended = (slug: string) => ({ id: `org_${slug}`, slug, status: 'suspended' }) as const;

/** Each state with the end that it alone brings; undefined: it goes on. */
const grants: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  expired: 'grant_expired',
  deleted: 'grant_deleted',
  'session ended': 'admin',
};
const redeemers: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  expired: 'actor_token_ended',
  revoked: 'actor_token_ended',
  disabled: 'actor_token_ended',
  'without wayleave:assume': 'actor_token_lost_assume',
};
const actors: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  disabled: 'actor_disabled',
  'of a suspended organisation': 'actor_organization_suspended',
  'not allowed': 'actor_not_allowed',
  'the subject': 'subject_is_actor',
};
const subjects: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  disabled: 'subject_disabled',
  'platform admin': 'subject_is_platform_admin',
};
const issuers: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  disabled: 'issuer_disabled',
  'no admin': 'issuer_lost_right',
  'of another organisation': 'issuer_lost_right',
};
const organizations: Readonly<Record<string, SessionEnd | undefined>> = {
  active: undefined,
  suspended: 'organization_suspended',
};

interface Cell {
  readonly grant: string;
  readonly redeemer: string;
  readonly actor: string;
  readonly subject: string;
  readonly issuer: string;
  readonly organization: string;
}

/** Every combination of the states. */
function cells(): Cell[] {
  const states = { grant: grants, redeemer: redeemers, actor: actors, subject: subjects, issuer: issuers };
  const dimensions = Object.entries({ ...states, organization: organizations });
  const all = dimensions.reduce<Record<string, string>[]>(
    (some, [name, ends]) => some.flatMap((cell) => Object.keys(ends).map((state) => ({ ...cell, [name]: state }))),
    [{}],
  );
  return all as unknown as Cell[];
}

const faultsOf = (cell: Cell): SessionEnd[] =>
  [
    grants[cell.grant],
    redeemers[cell.redeemer],
    actors[cell.actor],
    subjects[cell.subject],
    issuers[cell.issuer],
    organizations[cell.organization],
  ].filter((fault) => fault !== undefined);

function actorOf({ actor }: Cell): UserRecord {
  if (actor === 'the subject') return userFixture('usr_subject');
  const organization = actor === 'of a suspended organisation' ? { organization: suspended('helpers') } : {};
  const slug = actor === 'not allowed' ? 'strangers' : 'helpers';
  return userFixture('usr_helper', { status: actor === 'disabled' ? 'disabled' : 'active', ...organization }, slug);
}

function redeemerOf(cell: Cell): TokenRecord {
  const { redeemer } = cell;
  return redeemerFixture({
    owner: actorOf(cell),
    expiresAt: redeemer === 'expired' ? past : null,
    revoked: redeemer === 'revoked',
    disabled: redeemer === 'disabled',
    scopes: redeemer === 'without wayleave:assume' ? ['wayleave:self'] : ['wayleave:assume'],
  });
}

function sessionOf(cell: Cell, readOnly: boolean): TokenRecord {
  // An admin of the platform is of the organisation that is called so, and so is then the issuer.
  const slug = cell.subject === 'platform admin' ? 'platform' : 'acme';
  const organization = cell.organization === 'suspended' ? { organization: suspended(slug) } : {};
  const subject = userFixture(
    'usr_subject',
    {
      status: cell.subject === 'disabled' ? 'disabled' : 'active',
      roles: slug === 'platform' ? ['wayleave/platform-admin'] : [],
      ...organization,
    },
    slug,
  );
  const issuer = userFixture(
    'usr_issuer',
    {
      status: cell.issuer === 'disabled' ? 'disabled' : 'active',
      roles: cell.issuer === 'no admin' ? ['wayleave/auditor'] : ['wayleave/org-admin'],
    },
    cell.issuer === 'of another organisation' ? 'elsewhere' : slug,
  );
  return sessionFixture(
    { owner: subject },
    {
      readOnly,
      issuer,
      redeemer: redeemerOf(cell),
      allowedActors: ['org_helpers', 'usr_subject'],
      grantDeleted: cell.grant === 'deleted',
      grantExpiresAt: cell.grant === 'expired' ? past : null,
      ended: cell.grant === 'session ended' ? 'admin' : null,
    },
  );
}

const routes = (['allow', 'read_only', 'deny'] as const).map((assumed) =>
  routeFixture({ name: assumed, path: `/${assumed}`, assumed }),
);
const config = { ...configFixture(), routes, table: compileRoutes(routes) };
const sanitizer = createSanitizer(config);
const [own, session, grantToken] = [mintToken('wl', 'pat'), mintToken('wl', 'ses'), mintToken('wl', 'asu')];
const headerHash = headerSessionHash(hashToken(grantToken), 'tok_helper');
const methods = ['GET', 'POST', 'upgrade'] as const;

function request(assumed: string, method: (typeof methods)[number], headers: readonly string[]) {
  const upgrade = method === 'upgrade' ? ['connection', 'upgrade', 'upgrade', 'websocket'] : [];
  const outcome = sanitizer.sanitize({
    method: method === 'upgrade' ? 'GET' : method,
    target: `/${assumed}`,
    httpVersion: '1.1',
    rawHeaders: ['host', 'h', ...headers, ...upgrade],
  });
  if (outcome.kind === 'refused') throw new Error(outcome.problem.detail);
  return outcome.request;
}

const bySession = ['authorization', `Bearer ${session}`];
const byHeader = ['authorization', `Bearer ${own}`, 'assume-user', grantToken, 'assume-reason', 'r'];
const requests = routes.flatMap(({ assumed }) =>
  methods.map((method) => ({
    assumed,
    method,
    bySession: request(assumed, method, bySession),
    byHeader: request(assumed, method, byHeader),
  })),
);

/** What a route says to a session that goes on. */
function answerOf(assumed: string, method: string, readOnly: boolean): string {
  if (assumed === 'deny') return 'assumed_denied';
  return (readOnly || assumed === 'read_only') && method !== 'GET' ? 'assumed_read_only' : 'allowed';
}

/** What is said to the actor's own token where that does not count. */
function ownAnswerOf({ redeemer, actor }: Cell): string | undefined {
  if (redeemer === 'revoked' || redeemer === 'expired' || redeemer === 'disabled') return `token_${redeemer}`;
  if (actor === 'disabled') return 'user_disabled';
  return actor === 'of a suspended organisation' ? 'organization_suspended' : undefined;
}

const saidBy = (decision: Decision | Promise<Decision>): string => {
  if (decision instanceof Promise) throw new Error('a known token is waited for');
  return decision.kind === 'allowed' ? 'allowed' : decision.problem.code;
};

describe('every cell of grant, redeeming token, actor, subject, issuer, organisation, route and method', () => {
  it.each([false, true])('gives the decided answer, by token and by header (read_only: %s)', (readOnly) => {
    const wrong: string[] = [];
    let judged = 0;
    for (const cell of cells()) {
      const records = new Map([
        [hashToken(session), sessionOf(cell, readOnly)],
        [headerHash, sessionOf(cell, readOnly)],
        [hashToken(own), redeemerOf(cell)],
      ]);
      const lookup: TokenLookup = {
        find(hash) {
          const record = records.get(hash);
          return record === undefined ? { kind: 'absent' } : { kind: 'found', record, source: 'memory' };
        },
      };
      const { roleScopes, tokenPolicy: policy } = config;
      const authenticate = bearerAuthentication({ lookup, clock: systemClock, prefixes: ['wl'], roleScopes, policy });
      const goesOn = faultsOf(cell).length === 0;
      for (const each of requests) {
        const expected = goesOn ? answerOf(each.assumed, each.method, readOnly) : 'assume_ended';
        const said = saidBy(decide(each.bySession, { config, authenticate }, '192.0.2.1'));
        const headerSaid = saidBy(decide(each.byHeader, { config, authenticate }, '192.0.2.1'));
        const headerExpected = ownAnswerOf(cell) ?? expected;
        const place = `${JSON.stringify(cell)} ${each.assumed} ${each.method}`;
        if (said !== expected) wrong.push(`${place}: ${said}, not ${expected}`);
        if (headerSaid !== headerExpected) wrong.push(`${place} by header: ${headerSaid}, not ${headerExpected}`);
        judged += 2;
      }
    }
    expect(wrong).toEqual([]);
    expect(judged).toBe(4 * 5 * 5 * 3 * 4 * 2 * 9 * 2);
  });

  it('names the reason where there is one alone', () => {
    for (const cell of cells()) {
      const [fault, ...others] = faultsOf(cell);
      if (others.length > 0) continue;
      const record = sessionOf(cell, false);
      if (record.assumption === undefined) throw new Error('a session rests on something');
      expect(sessionEndOf(record, record.assumption, now, config.tokenPolicy), JSON.stringify(cell)).toBe(fault);
    }
  });
});
