import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { mintToken } from '../../src/core/token.ts';
import { systemClock, type Clock } from '../../src/lib/clock.ts';
import { expectProblem, type ApiAnswer } from './support/client.ts';
import { ConsoleClient, sessionOf, type BrowserSession } from './support/console-session.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const users = '/api/v1/organizations/acme/users';
let world: World;
let admin: Holder;
let aheadMs = 0;
const clock: Clock = { now: () => systemClock.now() + aheadMs, monotonic: () => systemClock.monotonic() + aheadMs };

beforeAll(async () => {
  world = await openWorld({ clock });
  const scopes = [...builtInRoles['org-admin'], ...builtInRoles.member];
  admin = await world.people.token(await world.people.user('acme', ['wayleave/org-admin']), scopes, 30 * dayMs);
});

beforeEach(() => {
  aheadMs = 0;
});

const signInWith = (token: string, headers: Record<string, string> = {}): Promise<ApiAnswer> =>
  world.client().call('POST', '/api/v1/session', { token }, headers);

async function signIn(token: string): Promise<BrowserSession> {
  const answer = await signInWith(token);
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status: 201 });
  return sessionOf(answer);
}

const consoleOf = (session: BrowserSession) => new ConsoleClient(world.port, session);
const newHolder = () => world.people.holder('acme', ['analytics/viewer'], ['wayleave:self', 'device:read']);
const asAdmin = () => world.client(admin.secret);

async function codeOf(userId: string): Promise<string> {
  return String((await asAdmin().post(`${users}/${userId}/enrolment`)).body['code']);
}

describe('a session that begins with a token', () => {
  it('is an opaque cookie that no script reads, and a key for the page; neither is the token or is stored', async () => {
    const answer = await signInWith(admin.secret);
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^wayleave_console=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(answer.body['page_key']).toMatch(/^[0-9A-Za-z]{43}$/);
    expect(JSON.stringify(answer.body)).not.toContain(admin.secret.slice(7));
    const stored = await world.database.query(
      (sql) =>
        sql`SELECT json_agg(c)::text || (SELECT json_agg(a)::text FROM audit_log a) AS all FROM console_sessions c`,
    );
    const { cookie: held, pageKey } = sessionOf(answer);
    for (const secret of [admin.secret.slice(7), pageKey, held.slice(-43)]) {
      expect(JSON.stringify(stored)).not.toContain(secret);
    }
    expect(JSON.stringify(stored)).toContain('console_session.start');
  });

  it('may what the token may, and its changes are written down in the name of the token', async () => {
    const holder = await newHolder();
    const session = consoleOf(await signIn(holder.secret));
    const me = await session.get('/api/v1/me');
    expect(me.body).toMatchObject({
      subject: { id: holder.user.id },
      scopes: ['wayleave:self', 'device:read'],
      token: { id: holder.tokenId, kind: 'pat' },
      session: { began_with: 'token', idle_seconds: 3600 },
    });
    const wish = { name: 'made here', scopes: ['device:read'] };
    const made = await session.call('POST', '/api/v1/tokens', wish);
    expect(made.status).toBe(201);
    expectProblem(
      await session.call('POST', '/api/v1/tokens', { ...wish, scopes: ['read'] }),
      403,
      'insufficient_scope',
    );
    const { body } = await asAdmin().get('/api/v1/audit?action=token.create&limit=1');
    expect(body['items']).toMatchObject([{ token_id: holder.tokenId, user_id: holder.user.id }]);
  });

  it.each(['revoke', 'expire', 'disable', 'delete'] as const)(
    'ends when the token is ended by %s, and does not come back when that is undone',
    async (action) => {
      const holder = await newHolder();
      const session = consoleOf(await signIn(holder.secret));
      await world.stores.tokens.act(holder.tokenId, action, admin.user.id);
      expect((await session.get('/api/v1/me')).status).toBe(401);
      if (action === 'disable') await world.stores.tokens.act(holder.tokenId, 'enable', admin.user.id);
      expectProblem(await session.get('/api/v1/me'), 401, 'session_ended');
    },
  );

  it('does not come back with a token that was disabled for a while, to whoever kept still meanwhile', async () => {
    const holder = await newHolder();
    const session = consoleOf(await signIn(holder.secret));
    const other = await newHolder();
    const bystander = consoleOf(await signIn(other.secret));
    await world.stores.tokens.act(holder.tokenId, 'disable', admin.user.id);
    await world.stores.tokens.act(holder.tokenId, 'enable', admin.user.id);
    expectProblem(await session.get('/api/v1/me'), 401, 'session_ended');
    expect((await world.client(holder.secret).get('/api/v1/me')).status).toBe(200);
    expect((await bystander.get('/api/v1/me')).status).toBe(200);
  });

  it('ends with the secret that it began with, when the token is rotated', async () => {
    const holder = await newHolder();
    const session = consoleOf(await signIn(holder.secret));
    const rotated = await session.call('POST', `/api/v1/tokens/${holder.tokenId}/rotate`, { overlap: '1m' });
    expect(rotated.status).toBe(200);
    expect((await session.get('/api/v1/me')).status).toBe(200);
    aheadMs = 2 * minuteMs;
    expectProblem(await session.get('/api/v1/me'), 401, 'token_expired');
    expect((await world.client(String(rotated.body['secret'])).get('/api/v1/me')).status).toBe(200);
  });

  it('ends when its user is disabled, and does not come back with the user', async () => {
    const holder = await newHolder();
    const session = consoleOf(await signIn(holder.secret));
    await asAdmin().patch(`${users}/${holder.user.id}`, { status: 'disabled' });
    await asAdmin().patch(`${users}/${holder.user.id}`, { status: 'active' });
    expectProblem(await session.get('/api/v1/me'), 401, 'session_ended');
    expect((await world.client(holder.secret).get('/api/v1/me')).status).toBe(200);
  });

  it('ends an hour after its last use, and twelve hours after it began however much it is used', async () => {
    const holder = await world.people.token(await world.people.user('acme'), ['wayleave:self'], 2 * dayMs);
    const idle = consoleOf(await signIn(holder.secret));
    const busy = consoleOf(await signIn(holder.secret));
    for (let n = 0; n < 13; n++) {
      aheadMs += 55 * minuteMs;
      expect((await busy.get('/api/v1/me')).status).toBe(200);
    }
    expectProblem(await idle.get('/api/v1/me'), 401, 'session_ended');
    aheadMs = 12 * hourMs;
    expectProblem(await busy.get('/api/v1/me'), 401, 'session_ended');
  });

  it('is over on the server when one signs out', async () => {
    const held = await signIn(admin.secret);
    const out = await consoleOf(held).call('DELETE', '/api/v1/session');
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^wayleave_console=; Max-Age=0; Path=\//);
    expectProblem(await consoleOf(held).get('/api/v1/me'), 401, 'session_ended');
    expectProblem(await asAdmin().call('DELETE', '/api/v1/session'), 404, 'not_found');
  });

  it('is one of twenty at most; one more ends the oldest', async () => {
    const holder = await newHolder();
    const first = await signIn(holder.secret);
    for (let n = 0; n < 20; n++) await signIn(holder.secret);
    expectProblem(await consoleOf(first).get('/api/v1/me'), 401, 'session_ended');
  });

  it('is not given for a wrong token, an ended one, one for other addresses, or of another kind', async () => {
    expectProblem(await signInWith(mintToken('wl', 'pat')), 401, 'token_invalid');
    expectProblem(await signInWith(mintToken('wl', 'ses')), 401, 'token_invalid');
    const holder = await newHolder();
    const wish = { name: 'elsewhere', scopes: ['device:read'], allowed_ips: ['10.0.0.0/8'] };
    const made = await world.client(holder.secret).post('/api/v1/tokens', wish);
    expectProblem(await signInWith(String(made.body['secret'])), 403, 'address_denied');
    await world.stores.tokens.act(holder.tokenId, 'revoke', admin.user.id);
    expectProblem(await signInWith(holder.secret), 401, 'token_revoked');
  });
});

describe('a session that begins with an enrolment code', () => {
  it('counts as the whole person, of today', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const answer = await world.client().post('/api/v1/enrol', { code: await codeOf(person.id) });
    expect(answer.body).toMatchObject({ session: { began_with: 'enrolment_code' } });
    const session = consoleOf(sessionOf(answer));
    const me = await session.get('/api/v1/me');
    expect(me.body).toMatchObject({ subject: { id: person.id }, roles: ['analytics/viewer'], token: { kind: 'enr' } });
    expect(me.body['scopes']).toEqual(expect.arrayContaining(['wayleave:self', 'device:read']));
    const made = await session.call('POST', '/api/v1/tokens', {
      name: 'first',
      scopes: ['device:read', 'wayleave:self'],
    });
    expect(made.status).toBe(201);
    await world.people.grant(person, ['wayleave/auditor']);
    expect((await session.get('/api/v1/audit')).status).toBe(200);
  });

  it('uses the code up, also when it is sent ten times at the same instant', async () => {
    const person = await world.people.user('acme');
    const code = await codeOf(person.id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.client().post('/api/v1/enrol', { code })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(9);
    expectProblem(await world.client().post('/api/v1/enrol', { code }), 400, 'enrolment_used');
  });

  it.each(['disabled', 'deleted', 'given another code'] as const)('ends when the person is %s', async (how) => {
    const person = await world.people.user('acme');
    const session = consoleOf(sessionOf(await world.client().post('/api/v1/enrol', { code: await codeOf(person.id) })));
    expect((await session.get('/api/v1/me')).status).toBe(200);
    if (how === 'disabled') await asAdmin().patch(`${users}/${person.id}`, { status: 'disabled' });
    if (how === 'deleted') await asAdmin().delete(`${users}/${person.id}`);
    if (how === 'given another code') await codeOf(person.id);
    expectProblem(await session.get('/api/v1/me'), 401, 'session_ended');
  });
});

describe('a session, used by another page', () => {
  it('does nothing without the key that only the console’s origin can read', async () => {
    const held = await signIn(admin.secret);
    const cookieAlone = await world.client().call('GET', '/api/v1/me', undefined, { cookie: held.cookie });
    expectProblem(cookieAlone, 401, 'token_missing');
    const other = await signIn(admin.secret);
    expectProblem(await consoleOf({ ...held, pageKey: other.pageKey }).get('/api/v1/me'), 401, 'session_ended');
    expectProblem(await consoleOf({ ...held, cookie: '' }).get('/api/v1/me'), 401, 'session_ended');
  });

  it.each(['same-site', 'cross-site', 'none'])('is refused when the browser says %s', async (site) => {
    const held = await signIn(admin.secret);
    const call = (method: string, path: string) =>
      consoleOf(held).call(method, path, undefined, { 'sec-fetch-site': site });
    expectProblem(await call('GET', '/api/v1/me'), 403, 'origin_denied');
    expectProblem(await call('DELETE', '/api/v1/session'), 403, 'origin_denied');
    expectProblem(await signInWith(admin.secret, { 'sec-fetch-site': site }), 403, 'origin_denied');
  });

  it.each([
    ['no Origin', { origin: '' }, 403, 'origin_denied'],
    ['another Origin', { origin: 'https://evil.example' }, 403, 'origin_denied'],
    ['another port', { origin: 'http://127.0.0.1:1' }, 403, 'origin_denied'],
    ['an opaque Origin', { origin: 'null' }, 403, 'origin_denied'],
    ['no JSON', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['no media type', { 'content-type': '' }, 415, 'unsupported_media_type'],
  ])('writes nothing with %s', async (_what, headers, status, code) => {
    const holder = await newHolder();
    const held = await signIn(holder.secret);
    for (const [method, path] of [
      ['POST', `/api/v1/tokens/${holder.tokenId}/revoke`],
      ['DELETE', `/api/v1/tokens/${holder.tokenId}`],
    ] as const) {
      expectProblem(await consoleOf(held).call(method, path, undefined, headers), status, code);
    }
    expect((await consoleOf(held).get('/api/v1/me')).status).toBe(200);
  });

  it('is found among cookies of the same name that a page on another port has set', async () => {
    const held = await signIn(admin.secret);
    const planted = await signIn((await newHolder()).secret);
    const cookie = `wayleave_console=nonsense; ${planted.cookie}; ${held.cookie}`;
    const me = await consoleOf({ ...held, cookie }).get('/api/v1/me');
    expect(me.body).toMatchObject({ subject: { id: admin.user.id } });
  });
});

it('makes an address wait after ten wrong tokens or codes, and lets the eleventh be right', async () => {
  const other = await openWorld();
  const good = await other.people.holder('acme', [], ['wayleave:self']);
  const tries = Array.from({ length: 10 }, (_, at) =>
    at % 2 === 0
      ? other.client().post('/api/v1/session', { token: mintToken('wl', 'pat') })
      : other.client().post('/api/v1/enrol', { code: mintToken('wl', 'enr') }),
  );
  for (const { status } of await Promise.all(tries)) expect([400, 401]).toContain(status);
  const blocked = await other.client().post('/api/v1/session', { token: good.secret });
  expectProblem(blocked, 429, 'rate_limited');
  expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await other.client(good.secret).get('/api/v1/me')).status).toBe(200);
});

it('has a cookie of this very host alone where TLS ends before it, and takes no other', async () => {
  const behind = await openWorld({ config: { trustedProxies: ['127.0.0.0/8'] } });
  const holder = await behind.people.holder('acme', [], ['wayleave:self']);
  const overTls = { 'x-forwarded-proto': 'https' };
  const answer = await behind.client().call('POST', '/api/v1/session', { token: holder.secret }, overTls);
  expect(answer.headers.getSetCookie()[0]).toMatch(
    /^__Host-wayleave_console=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  const held = sessionOf(answer);
  const page = new ConsoleClient(behind.port, held);
  const origin = `https://127.0.0.1:${behind.port}`;
  expect((await page.call('GET', '/api/v1/me', undefined, overTls)).status).toBe(200);
  expectProblem(await page.call('DELETE', '/api/v1/session', undefined, overTls), 403, 'origin_denied');
  const plain = new ConsoleClient(behind.port, { ...held, cookie: held.cookie.replace('__Host-', '') });
  expectProblem(await plain.call('GET', '/api/v1/me', undefined, overTls), 401, 'session_ended');
  expect((await page.call('DELETE', '/api/v1/session', undefined, { ...overTls, origin })).status).toBe(204);
});
