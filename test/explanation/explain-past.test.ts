import { expect, test } from 'vitest';
import { explainPast } from '../../src/explanation/explain-past.ts';
import { PastDecisions } from '../../src/explanation/past-decisions.ts';
import type { PastDecision } from '../../src/gateway/decision-ring.ts';
import { configFixture } from '../admin-api/support/config.ts';
import { recordFixture } from '../support/record-fixture.ts';

const record = recordFixture({ scopes: ['read'] }, ['analytics/viewer']);

function past(given: Partial<PastDecision> = {}): PastDecision {
  return {
    requestId: 'id-1',
    at: Date.UTC(2030, 0, 1),
    method: 'GET',
    host: 'api.example.com',
    path: '/things',
    address: '192.0.2.1',
    status: 401,
    problem: { code: 'token_revoked', detail: 'The token has been revoked; it will not work again.' },
    route: 'everything',
    outcome: 'denied',
    record: { ...record, revoked: true },
    source: 'memory',
    ageMs: 1500,
    staleMs: undefined,
    remaining: undefined,
    durationMs: 2,
    upstreamMs: undefined,
    revision: 'abc',
    config: configFixture(),
    ...given,
  };
}

test('a token that was refused is explained as it was refused then, with how old what was known of it was', async () => {
  const { steps, ...document } = await explainPast(past(), 'host/1');
  expect(document).toMatchObject({
    decision: 'deny',
    status: 401,
    code: 'token_revoked',
    route: { name: 'everything' },
  });
  expect(steps[2]).toMatchObject({
    stage: 'auth',
    decides: true,
    lines: [
      expect.stringContaining('tok_1'),
      'known from memory, read 1.5 s before, and nothing has changed about it since',
    ],
  });
});

test('a decision whose configuration is gone is told as far as it was written down', async () => {
  const document = await explainPast(past({ config: undefined }), 'host/1');
  expect(document).toMatchObject({
    decision: 'deny',
    status: 401,
    code: 'token_revoked',
    revision: 'abc',
    steps: [{ stage: 'match', text: 'GET /things  ->  route "everything"' }, { decides: true }, { stage: 'answer' }],
  });
});

test('a decision that comes out otherwise now, because a token was masked in its path, is told as it was', async () => {
  const allowed = past({ outcome: 'allowed', problem: undefined, status: 200, record, path: '/a//b', upstreamMs: 1 });
  const { decision, steps } = await explainPast(allowed, 'host/1');
  expect(decision).toBe('allow');
  expect(steps.map(({ stage }) => stage)).toEqual(['match', 'answer']);
});

test('what became of a request after it was let through is not taken for the decision', async () => {
  const problem = { code: 'upstream_timeout', detail: 'the upstream took too long' };
  const document = await explainPast(past({ outcome: 'allowed', record, problem, status: 504 }), 'host/1');
  expect(document).toMatchObject({ decision: 'allow', status: 504, code: 'upstream_timeout', fix: null });
  expect(document.steps.at(-1)?.text).toContain('the gateway answered 504 upstream_timeout');
});

test('a request of an assumed user is told to its organisation and to the actor, and to nobody else of the actor side', async () => {
  const actor = {
    ...record.owner,
    id: 'usr_actor',
    organization: { id: 'org_2', slug: 'helpers', status: 'active' },
  } as const;
  const assumption = {
    grantId: 'asm_1',
    grantDeleted: false,
    grantExpiresAt: null,
    readOnly: false,
    allowedActors: [actor.id],
    issuer: record.owner,
    redeemer: recordFixture({ id: 'tok_actor', owner: actor }),
    idleUntil: null,
    ended: null,
  } as const;
  const decision = past({ record: { ...record, kind: 'ses', assumption } });
  const told = new PastDecisions({ find: () => [decision], reach: () => ({ since: noneYet, decisions: 1 }) }, 'host/1');
  expect(await told.explain('id-1', { userId: 'usr_1', organizationId: 'org_1' })).toBeDefined();
  expect(await told.explain('id-1', { userId: actor.id, organizationId: 'org_2' })).toBeDefined();
  expect(await told.explain('id-1', { userId: 'usr_colleague', organizationId: 'org_2' })).toBeUndefined();
});

const noneYet = { refused: undefined, strangers: undefined, passed: undefined };
