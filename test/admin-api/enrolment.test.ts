import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { mintToken } from '../../src/core/token.ts';
import type { User } from '../../src/core/directory.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { expectProblem, type ApiAnswer } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const dayMs = 86_400_000;
const users = '/api/v1/organizations/acme/users';
let world: World;
let admin: Holder;
let aheadMs = 0;
let monotonicMs = 0;
const clock: Clock = { now: () => systemClock.now() + aheadMs, monotonic: () => systemClock.monotonic() + monotonicMs };

beforeAll(async () => {
  world = await openWorld({ clock });
  const scopes = [...builtInRoles['org-admin'], ...builtInRoles.member];
  admin = await world.people.token(await world.people.user('acme', ['wayleave/org-admin']), scopes, 30 * dayMs);
});

beforeEach(() => {
  aheadMs = 0;
});

const codeOf = async (user: User, body?: object): Promise<string> => {
  const answer = await world.client(admin.secret).post(`${users}/${user.id}/enrolment`, body);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
  return String(answer.body['code']);
};
const firstToken = { name: 'laptop', scopes: ['device:read', 'wayleave:self'] };
const redeem = (code: string, token: object = firstToken): Promise<ApiAnswer> =>
  world.client().post('/api/v1/enrol', { code, token });

describe('an enrolment code', () => {
  it('gives a person a first token, within the roles of the person, that works at once', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const code = await codeOf(person);
    expect(code).toMatch(/^wl_enr_[0-9A-Za-z]{46}$/);
    const { status, body } = await redeem(code);
    expect(status).toBe(201);
    expect(body).toMatchObject({ token: { user_id: person.id, name: 'laptop', created_by: person.id } });
    const me = await world.client(String(body['secret'])).get('/api/v1/me');
    expect(me.body).toMatchObject({ subject: { id: person.id }, scopes: ['device:read', 'wayleave:self'] });
  });

  it('is stored as a hash alone, and is in no audit row', async () => {
    const code = await codeOf(await world.people.user('acme'));
    const stored = await world.database.query(
      (sql) =>
        sql`SELECT (SELECT json_agg(e)::text FROM enrolments e) || (SELECT json_agg(a)::text FROM audit_log a) AS all`,
    );
    expect(JSON.stringify(stored)).not.toContain(code.slice(7));
    expect(JSON.stringify(stored)).toContain('user.enrolment');
  });

  it('counts once, also when it is used ten times at the same instant', async () => {
    const code = await codeOf(await world.people.user('acme', ['analytics/viewer']));
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) => redeem(code, { ...firstToken, name: `token ${at}` })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    expectProblem(await redeem(code), 400, 'enrolment_used');
  });

  it('ends with 24 hours, and with the next code of the person', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const [first, second] = [await codeOf(person), await codeOf(person)];
    expectProblem(await redeem(first), 400, 'enrolment_expired');
    aheadMs += dayMs - 1000;
    expect((await redeem(second)).status).toBe(201);
    const late = await codeOf(person);
    aheadMs += 2 * dayMs;
    expectProblem(await redeem(late), 400, 'enrolment_expired');
  });

  it('is not used up by a wish that is refused', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const code = await codeOf(person);
    const beyond = await redeem(code, { ...firstToken, scopes: ['device:write'] });
    expectProblem(beyond, 403, 'insufficient_scope');
    const unknown = await redeem(code, { ...firstToken, scopes: ['no:such'] });
    expectProblem(unknown, 400, 'unknown_scope');
    expect(unknown.body['errors']).toMatchObject([{ pointer: '/token/scopes/0' }]);
    expectProblem(await redeem(code, { ...firstToken, user_id: admin.user.id }), 400, 'validation_failed');
    await world.people.token(person, ['device:read']);
    expect((await redeem(code)).status).toBe(201);
  });

  it('says nothing while the person is disabled, and is over once the person is deleted', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const code = await codeOf(person);
    await world.client(admin.secret).patch(`${users}/${person.id}`, { status: 'disabled' });
    expectProblem(await redeem(code), 401, 'user_disabled');
    await world.client(admin.secret).delete(`${users}/${person.id}`);
    expectProblem(await redeem(code), 400, 'enrolment_expired');
  });

  it('and the deletion of the person, or a newer code, at the same time do not wait for each other', async () => {
    for (let round = 0; round < 8; round++) {
      const person = await world.people.user('acme', ['analytics/viewer']);
      const code = await codeOf(person);
      const end = `${users}/${person.id}`;
      const asAdmin = world.client(admin.secret);
      const [redeemed, ended] = await Promise.all([
        redeem(code),
        round % 2 === 0 ? asAdmin.delete(end) : asAdmin.post(`${end}/enrolment`),
      ]);
      expect([201, 400]).toContain(redeemed.status);
      expect([200, 201]).toContain(ended.status);
      const living = round % 2 === 0 ? 401 : 200;
      if (redeemed.status !== 201) continue;
      expect((await world.client(String(redeemed.body['secret'])).get('/api/v1/me')).status).toBe(living);
    }
  });

  it('is no bearer token', async () => {
    const code = await codeOf(await world.people.user('acme'));
    expectProblem(await world.client(code).get('/api/v1/me'), 401, 'token_invalid');
  });
});

describe('an e-mail address', () => {
  const withEmail = async (email: string): Promise<User> => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    await world.client(admin.secret).patch(`${users}/${person.id}`, { email });
    return person;
  };
  const verified = async (person: User) =>
    (await world.client(admin.secret).get(`${users}/${person.id}`)).body['email_verified'];

  it('is verified by the use of a code that an admin says went there, and not otherwise', async () => {
    const silent = await withEmail('silent@example.com');
    await redeem(await codeOf(silent));
    expect(await verified(silent)).toBe(false);
    const told = await withEmail('told@example.com');
    const code = await codeOf(told, { verify_email: true });
    expect(await verified(told)).toBe(false);
    await redeem(code);
    expect(await verified(told)).toBe(true);
  });

  it('that has changed since is not', async () => {
    const person = await withEmail('before@example.com');
    const code = await codeOf(person, { verify_email: true });
    await world.client(admin.secret).patch(`${users}/${person.id}`, { email: 'after@example.com' });
    expect((await redeem(code)).status).toBe(201);
    expect(await verified(person)).toBe(false);
  });

  it('must be there to be verified', async () => {
    const person = await world.people.user('acme');
    const answer = await world.client(admin.secret).post(`${users}/${person.id}/enrolment`, { verify_email: true });
    expectProblem(answer, 400, 'validation_failed');
  });
});

describe('making a code', () => {
  it('is for people alone, and for another person', async () => {
    const service = await world.people.user('acme', [], 'service');
    const asAdmin = world.client(admin.secret);
    expectProblem(await asAdmin.post(`${users}/${service.id}/enrolment`), 403, 'kind_denied');
    expectProblem(await asAdmin.post(`${users}/${admin.user.id}/enrolment`), 403, 'grant_denied');
  });

  it('needs every wayleave: scope that the person has, so that no token gives more than it holds', async () => {
    const other = await world.people.user('acme', ['wayleave/org-admin']);
    const narrow = await world.people.token(admin.user, ['wayleave:org:write']);
    expectProblem(await world.client(narrow.secret).post(`${users}/${other.id}/enrolment`), 403, 'grant_denied');
    expect((await world.client(admin.secret).post(`${users}/${other.id}/enrolment`)).status).toBe(201);
    const lesser = await world.people.holder('platform', ['wayleave/org-admin'], builtInRoles['org-admin']);
    const root = await world.people.user('platform', ['wayleave/platform-admin']);
    const ofRoot = `/api/v1/organizations/platform/users/${root.id}`;
    expectProblem(await world.client(lesser.secret).post(`${ofRoot}/enrolment`), 403, 'grant_denied');
    expectProblem(await world.client(lesser.secret).patch(ofRoot, { email: 'm@example.com' }), 403, 'grant_denied');
    expectProblem(await world.client(lesser.secret).delete(ofRoot), 403, 'grant_denied');
  });
});

describe('whoever guesses', () => {
  it('gets one answer for all that this gateway has not made, and after ten of them has to wait', async () => {
    monotonicMs += 120_000;
    const wrong = ['x', 'wl_enr_x', mintToken('wl', 'enr'), mintToken('wl', 'pat'), admin.secret];
    const answers = [];
    for (let at = 0; at < 10; at++) answers.push(await redeem(wrong[at % wrong.length] ?? ''));
    for (const answer of answers) expectProblem(answer, 400, 'enrolment_invalid');
    expect(new Set(answers.map(({ body }) => body['detail'])).size).toBe(1);
    const limited = await redeem(mintToken('wl', 'enr'));
    expectProblem(limited, 429, 'rate_limited');
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    monotonicMs += 120_000;
    expectProblem(await redeem(mintToken('wl', 'enr')), 400, 'enrolment_invalid');
  });
});
