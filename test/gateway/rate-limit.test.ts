import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../src/core/rate-limit.ts';
import type { Route } from '../../src/core/route.ts';
import { startDataPlane, openRoute, type DataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { only, statusOf, type HttpMessage } from '../support/http-message.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';

/** Nothing comes back while a test runs. */
const twoADay: RateLimit = { limit: 2, windowMs: 86_400_000, burst: 2, per: 'token' };

async function start(
  routes: readonly Route[],
  given: Partial<DataPlaneOptions> = {},
): Promise<{ plane: DataPlane; upstream: RawUpstream }> {
  const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'served'));
  return { plane: await startDataPlane({ targets: [upstream.port], routes, ...given }), upstream };
}

const limited = (per: RateLimit['per'], given: Partial<Route> = {}): Route =>
  routeFixture({ name: 'devices', path: '/**', rateLimit: { ...twoADay, per }, ...given });

const get = (token?: string, ...fields: readonly string[]): string => {
  const own = token === undefined ? [] : [`Authorization: Bearer ${token}`];
  return lines('GET /devices HTTP/1.1', 'Host: api.example', ...own, ...fields);
};

const statuses = async (plane: DataPlane, requests: readonly string[]): Promise<number[]> => {
  const seen: number[] = [];
  for (const request of requests) seen.push(statusOf(await ask(plane.port, request)));
  return seen;
};

const problemOf = ({ body }: HttpMessage): Record<string, unknown> => JSON.parse(body) as Record<string, unknown>;

describe('a route with a rate limit', () => {
  it('tells each client what is left, and refuses what is over with a problem document', async () => {
    const { plane, upstream } = await start([limited('token')]);
    const token = plane.issue();
    const [first, second, third] = [
      await ask(plane.port, get(token)),
      await ask(plane.port, get(token)),
      await ask(plane.port, get(token)),
    ];
    expect([first, second, third].map(statusOf)).toEqual([200, 200, 429]);
    expect([first, second, third].map((answer) => only(answer, 'ratelimit-policy'))).toEqual(
      Array(3).fill('"devices";q=2;w=86400'),
    );
    expect(only(first, 'ratelimit')).toBe('"devices";r=1;t=43200');
    expect(only(second, 'ratelimit')).toBe('"devices";r=0;t=86400');
    expect(only(third, 'ratelimit')).toMatch(/^"devices";r=0;t=86\d{3}$/);
    expect(Number(only(third, 'retry-after'))).toBeGreaterThan(43_000);
    expect(only(third, 'content-type')).toBe('application/problem+json');
    expect(only(third, 'x-wayleave-error')).toBe('rate_limited');
    expect(problemOf(third)).toMatchObject({
      status: 429,
      code: 'rate_limited',
      route: 'devices',
      instance: '/devices',
    });
    expect(problemOf(third)['detail']).toMatch(
      /^The route "devices" takes 2 in 1d, per token; the next one passes in \d+ s\.$/,
    );
    expect(upstream.requests).toHaveLength(2);
    expect(plane.reports.map(({ decision }) => decision?.kind)).toEqual(['allowed', 'allowed', 'denied']);
  });

  it('says what is left beside what the upstream says of its own limit', async () => {
    const own = lines('HTTP/1.1 200 OK', 'RateLimit: "own";r=7', 'Content-Length: 0');
    const upstream = await startRawUpstream(own);
    const plane = await startDataPlane({ targets: [upstream.port], routes: [limited('token')] });
    const answer = await ask(plane.port, get(plane.issue()));
    const values = answer.fields.filter(([name]) => name.toLowerCase() === 'ratelimit').map(([, value]) => value);
    expect(values).toEqual(['"own";r=7', '"devices";r=1;t=43200']);
  });

  it('leaves other routes alone', async () => {
    const { plane } = await start([limited('token', { path: '/devices' }), routeFixture({ path: '/**' })]);
    const token = plane.issue();
    const other = get(token).replace('/devices', '/other');
    expect(await statuses(plane, [get(token), get(token), get(token), other, other, other])).toEqual([
      200, 200, 429, 200, 200, 200,
    ]);
    expect(only(await ask(plane.port, other), 'x-request-id')).toBeTruthy();
    expect((await ask(plane.port, other)).fields.map(([name]) => name.toLowerCase())).not.toContain('ratelimit');
  });

  it('goes on counting where it was under a new configuration', async () => {
    const { plane } = await start([limited('token')]);
    const token = plane.issue();
    expect(await statuses(plane, [get(token), get(token)])).toEqual([200, 200]);
    plane.reload({ routes: [limited('token', { maxBodyBytes: 1 })] });
    expect(await statuses(plane, [get(token)])).toEqual([429]);
  });

  it('counts upgrades, and tells them too', async () => {
    const { plane } = await start([limited('token')]);
    const token = plane.issue();
    const upgrade = get(token, 'Connection: upgrade', 'Upgrade: bytes');
    const first = await ask(plane.port, upgrade);
    expect(only(first, 'ratelimit')).toBe('"devices";r=1;t=43200');
    expect(await statuses(plane, [get(token), upgrade, get(token)])).toEqual([200, 429, 429]);
  });

  it('does not count what is refused before, nor what was over already', async () => {
    const route = limited('organization', {
      access: { kind: 'scopes', byMethod: new Map(), others: { all: ['device:read'], any: [] } },
    });
    const roleScopes = new Map([['app/user', new Set(['device:read'])]]);
    const { plane } = await start([route], { config: { roleScopes } });
    const [reader, nobody] = [plane.issue({ scopes: ['device:read'] }, ['app/user']), plane.issue()];
    expect(await statuses(plane, [get(nobody), get(nobody), get(), get(reader), get(reader), get(reader)])).toEqual([
      403, 403, 401, 200, 200, 429,
    ]);
  });

  it('keeps the connection of whoever is over, and answers what follows on it', async () => {
    const { plane } = await start([limited('token'), openRoute({ name: 'open', path: '/open' })]);
    const token = plane.issue();
    await statuses(plane, [get(token), get(token)]);
    const reader = new MessageReader(await dial(plane.port));
    reader.wire.send(get(token) + lines('GET /open HTTP/1.1', 'Host: h'));
    expect(statusOf(await reader.next('GET'))).toBe(429);
    expect(await reader.next('GET')).toMatchObject({ startLine: 'HTTP/1.1 200 OK', body: 'served' });
    reader.wire.reset();
  });

  it('asks nobody for a body that it will not forward', async () => {
    const { plane } = await start([limited('token')]);
    const token = plane.issue();
    await statuses(plane, [get(token), get(token)]);
    const fields = ['Content-Length: 1000', 'Expect: 100-continue', `Authorization: Bearer ${token}`];
    const wire = await dial(plane.port);
    const reader = new MessageReader(wire.send(lines('PUT /devices HTTP/1.1', 'Host: h', ...fields)));
    expect(statusOf(await reader.next('PUT'))).toBe(429);
    wire.reset();
  });
});

describe('whoever is counted together', () => {
  const acme = { id: 'org_1', slug: 'acme', status: 'active' } as const;
  const { owner } = recordFixture({});
  const [ada, bob] = [owner, { ...owner, id: 'usr_2', username: 'bob' }];
  const stranger = { ...owner, id: 'usr_3', organization: { ...acme, id: 'org_2', slug: 'globex' } };

  it.each([
    ['token', [200, 200, 429, 200, 200, 200]],
    ['user', [200, 200, 429, 429, 200, 200]],
    ['organization', [200, 200, 429, 429, 429, 200]],
    ['ip', [200, 200, 429, 429, 429, 429]],
  ] as const)('per %s', async (per, expected) => {
    const { plane } = await start([limited(per)]);
    const adas = plane.issue({ id: 'tok_1', owner: ada });
    const others = [
      plane.issue({ id: 'tok_2', owner: ada }),
      plane.issue({ id: 'tok_3', owner: bob }),
      plane.issue({ id: 'tok_4', owner: stranger }),
    ];
    const requests = [adas, adas, adas, ...others].map((token) => get(token));
    expect(await statuses(plane, requests)).toEqual(expected);
  });

  it('per ip on a public route, by the address that trusted proxies tell of', async () => {
    const route = openRoute({ rateLimit: { ...twoADay, per: 'ip' } });
    const { plane } = await start([route], { config: { trustedProxies: ['127.0.0.1/32'] } });
    const from = (address: string): string => get(undefined, `X-Forwarded-For: ${address}`);
    const one = from('192.0.2.1');
    expect(await statuses(plane, [one, one, one, from('192.0.2.2'), get()])).toEqual([200, 200, 429, 200, 200]);
  });

  it('under assumption: the actor, by the own token, whomever they assume', async () => {
    const redeemer = recordFixture({ id: 'tok_helper', owner: stranger });
    const session = (id: string, subject: typeof ada): Parameters<DataPlane['issue']>[0] => ({
      id,
      kind: 'ses',
      owner: subject,
      assumption: {
        grantId: 'asm_1',
        grantDeleted: false,
        grantExpiresAt: null,
        readOnly: false,
        allowedActors: ['usr_3'],
        issuer: { ...bob, roles: ['wayleave/org-admin'] },
        redeemer: { ...redeemer, scopes: ['wayleave:assume'] },
        idleUntil: null,
        ended: null,
      },
    });
    for (const per of ['token', 'user', 'organization'] as const) {
      const { plane } = await start([limited(per)]);
      const sessions = [plane.issue(session('ase_1', ada)), plane.issue(session('ase_2', bob))];
      const subjects = plane.issue({ id: 'tok_ada', owner: ada });
      const helpers = plane.issue({ id: 'tok_helper', owner: stranger });
      const requests = [...sessions, helpers, subjects].map((token) => get(token));
      expect(await statuses(plane, requests), per).toEqual([200, 200, 429, 200]);
    }
  });
});

describe('what is decided beside counts nothing', () => {
  it('a shadow route neither counts nor is told of what is over', async () => {
    const { plane } = await start([
      routeFixture({ name: 'real', path: '/**' }),
      limited('token', {
        name: 'shadow',
        path: '/devices',
        shadow: true,
        rateLimit: { ...twoADay, limit: 1, burst: 1 },
      }),
    ]);
    const token = plane.issue();
    expect(await statuses(plane, [get(token), get(token), get(token)])).toEqual([200, 200, 200]);
    await expect.poll(() => plane.shadows).toEqual(Array(3).fill('route shadow same'));
  });

  it('an exchange under way that is judged again', async () => {
    const upstream = await startRawUpstream(() => undefined);
    const plane = await startDataPlane({ targets: [upstream.port], routes: [limited('token')] });
    const token = plane.issue();
    const wire = (await dial(plane.port)).send(get(token));
    await expect.poll(() => upstream.requests.length).toBe(1);
    for (let change = 0; change < 5; change++) plane.change(token, () => ({ allowedIps: ['127.0.0.0/8'] }));
    await expect.poll(() => plane.lookups.length).toBeGreaterThan(1);
    const second = (await dial(plane.port)).send(get(token));
    await expect.poll(() => upstream.requests.length).toBe(2);
    expect(statusOf(await ask(plane.port, get(token)))).toBe(429);
    wire.reset();
    second.reset();
  });
});

it('a client that leaves while it is counted elsewhere is not forwarded', async () => {
  let release = (): void => undefined;
  const counted = new Promise<void>((resolve) => (release = resolve));
  const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'served'));
  let asked = 0;
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: [limited('token')],
    limiter: {
      count: async () => {
        asked++;
        await counted;
        return { allowed: true, refillMs: 0 };
      },
    },
  });
  const token = plane.issue();
  const wire = (await dial(plane.port)).send(get(token));
  await expect.poll(() => asked).toBe(1);
  wire.reset();
  await plane.nextReport();
  release();
  expect(statusOf(await ask(plane.port, get(token)))).toBe(200);
  expect(upstream.requests).toHaveLength(1);
});

it('a token that is revoked while its request is counted elsewhere is not forwarded', async () => {
  let release = (): void => undefined;
  const counted = new Promise<void>((resolve) => (release = resolve));
  const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'served'));
  let asked = 0;
  const limiter = {
    count: async () => {
      asked++;
      await counted;
      return { allowed: true, refillMs: 0 };
    },
  };
  const plane = await startDataPlane({ targets: [upstream.port], routes: [limited('token')], limiter });
  const token = plane.issue();
  const answer = ask(plane.port, get(token));
  await expect.poll(() => asked).toBe(1);
  plane.change(token, () => ({ revoked: true }));
  await expect.poll(() => plane.ended).toEqual(['request token_revoked']);
  release();
  expect(only(await answer, 'x-wayleave-error')).toBe('token_revoked');
  expect(upstream.requests).toHaveLength(0);
});
