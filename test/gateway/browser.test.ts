import { describe, expect, it, test } from 'vitest';
import type { Route } from '../../src/core/route.ts';
import { openRoute, startDataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { freePort } from '../support/free-port.ts';
import { only, statusOf, valuesOf, type HttpMessage } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

const app = 'https://app.example.com';
const exposed = (given: Partial<Route> = {}): Route =>
  routeFixture({ name: 'api', path: '/api/**', exposedTo: [app, 'https://*.example.org'], ...given });
const readable =
  'x-request-id, x-wayleave-error, x-wayleave-stale, x-auth-token-expires, x-auth-assumed-until, www-authenticate, retry-after, ratelimit, ratelimit-policy';

async function start(
  routes: readonly Route[],
  answer = answerText('HTTP/1.1 200 OK', 'x'),
  more: Partial<DataPlaneOptions> = {},
) {
  const upstream = await startRawUpstream(answer);
  const plane = await startDataPlane({ targets: [upstream.port], routes, ...more });
  const send = (line: string, ...fields: string[]) => ask(plane.port, lines(`${line} HTTP/1.1`, 'Host: h', ...fields));
  const preflight = (path: string, method: string, origin = app, ...fields: string[]) =>
    send(`OPTIONS ${path}`, `Origin: ${origin}`, `Access-Control-Request-Method: ${method}`, ...fields);
  return { upstream, plane, send, preflight };
}

function corsOf({ fields }: HttpMessage): Record<string, string> {
  return Object.fromEntries(fields.filter(([name]) => /^(?:access-control-|vary$)/i.test(name)));
}

describe('a pre-flight on an exposed route', () => {
  const routes = [
    exposed({ name: 'reads', methods: ['GET', 'HEAD'] }),
    exposed({
      name: 'writes',
      methods: ['PUT', 'DELETE'],
      rateLimit: { limit: 1, windowMs: 60_000, burst: 1, per: 'ip' },
    }),
    routeFixture({ name: 'others', path: '/api/**' }),
  ];

  it('is answered without a token, a store, a count or the upstream', async () => {
    const { preflight, upstream, plane } = await start(routes);
    for (let round = 0; round < 3; round++) {
      const answer = await preflight('/api/x', 'PUT', app, 'Access-Control-Request-Headers: authorization,x-page');
      expect(answer.startLine).toBe('HTTP/1.1 204 No Content');
      expect(corsOf(answer)).toEqual({
        'access-control-allow-origin': app,
        'access-control-allow-methods': 'GET, HEAD, PUT, DELETE',
        'access-control-allow-headers': 'authorization, x-page',
        'access-control-max-age': '600',
        vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
      });
      expect(only(answer, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(upstream.requests).toEqual([]);
    expect(plane.lookups).toEqual([]);
    expect(plane.reports.map(({ decision, status }) => [decision?.route?.name, status])).toEqual(
      Array.from({ length: 3 }, () => ['writes', 204]),
    );
  });

  it('from another page is 403 origin_denied, without CORS', async () => {
    const { preflight, upstream } = await start(routes);
    const answer = await preflight('/api/x', 'PUT', 'https://evil.example');
    expect([statusOf(answer), JSON.parse(answer.body)]).toMatchObject([
      403,
      { code: 'origin_denied', route: 'writes' },
    ]);
    expect(corsOf(answer)).toEqual({ vary: 'Origin' });
    expect(upstream.requests).toEqual([]);
  });

  it('names a listed page by its own origin, and any by "*" where all are listed', async () => {
    const one = await start(routes);
    expect(only(await one.preflight('/api/x', 'GET', 'https://a.b.example.org'), 'access-control-allow-origin')).toBe(
      'https://a.b.example.org',
    );
    const all = await start([exposed({ exposedTo: ['*'] })]);
    expect(only(await all.preflight('/api/x', 'GET', 'https://any.example'), 'access-control-allow-origin')).toBe('*');
  });

  it('may ask for what the gateway reads itself and for what tracing adds, for nothing else that is reserved, and for no header that is none', async () => {
    const { preflight } = await start(routes);
    const asked =
      'Authorization, assume-user, Assume-Reason, traceparent, tracestate, x-request-id, x-auth-user, X_Auth_Org, x-forwarded-for, x-wayleave-x, a b, x(y), , content-type';
    const answer = await preflight('/api/x', 'GET', app, `Access-Control-Request-Headers: ${asked}`);
    expect(only(answer, 'access-control-allow-headers')).toBe(
      'authorization, assume-user, assume-reason, traceparent, tracestate, x-request-id, content-type',
    );
    expect(corsOf(await preflight('/api/x', 'GET'))).not.toHaveProperty('access-control-allow-headers');
  });
});

describe('a pre-flight elsewhere is an OPTIONS request as any other', () => {
  it('on a route that is not exposed, whatever its neighbours are', async () => {
    const { preflight, upstream } = await start([
      exposed({ methods: ['GET'] }),
      routeFixture({ name: 'others', path: '/api/**' }),
    ]);
    const answer = await preflight('/api/x', 'PUT');
    expect([statusOf(answer), JSON.parse(answer.body)]).toMatchObject([401, { code: 'token_missing' }]);
    expect(corsOf(answer)).toEqual({});
    expect(upstream.requests).toEqual([]);
  });

  it('where no route is, or none of that method', async () => {
    const { preflight } = await start([exposed({ methods: ['GET'] })]);
    expect(statusOf(await preflight('/other', 'GET'))).toBe(404);
    const answer = await preflight('/api/x', 'PUT');
    expect([statusOf(answer), valuesOf(answer, 'access-control-allow-methods')]).toEqual([405, []]);
  });

  it('without an origin or a method, and on a public route forwarded', async () => {
    const { send, upstream } = await start([exposed({ access: { kind: 'public' } })]);
    await send('OPTIONS /api/x', `Origin: ${app}`);
    await send('OPTIONS /api/x', 'Access-Control-Request-Method: GET');
    expect(upstream.requests.map(({ startLine }) => startLine)).toEqual([
      'OPTIONS /api/x HTTP/1.1',
      'OPTIONS /api/x HTTP/1.1',
    ]);
  });
});

describe('an answer on an exposed route', () => {
  const open = exposed({ access: { kind: 'public' } });
  const upstreamAnswer = answerText(
    `HTTP/1.1 200 OK
    Vary: Accept-Encoding
    Access-Control-Allow-Origin: https://evil.example
    Access-Control-Allow-Credentials: true
    Access-Control-Expose-Headers: X-Total, X-Request-Id, b(d
    ACCESS-CONTROL-EXPOSE-HEADERS: x-page`,
    'x',
  );

  it('may be read by a listed page, by the word of the gateway and not of the upstream', async () => {
    const { send } = await start([open], upstreamAnswer);
    expect(corsOf(await send('GET /api/x', `Origin: ${app}`))).toEqual({
      'access-control-allow-origin': app,
      'access-control-expose-headers': `${readable}, x-total, x-page`,
      vary: 'Accept-Encoding, Origin',
    });
  });

  it.each([[[]], [['Origin: https://evil.example']], [['Origin: null']], [[`Origin: ${app}`, `Origin: ${app}`]]])(
    'is given to others without CORS, and varies too: %j',
    async (fields) => {
      const { send, upstream } = await start([open], upstreamAnswer);
      const answer = await send('GET /api/x', ...fields);
      expect([statusOf(answer), corsOf(answer)]).toEqual([200, { vary: 'Accept-Encoding, Origin' }]);
      expect(upstream.requests).toHaveLength(1);
    },
  );

  it.each([
    ['Vary: *', '*'],
    ['Vary: accept, ORIGIN', 'accept, ORIGIN'],
    ['Vary: a\nVary: b', 'a, b, Origin'],
    ['X: y', 'Origin'],
  ])('with %j varies by %s', async (field, vary) => {
    const { send } = await start([open], answerText(`HTTP/1.1 200 OK\n${field}`, 'x'));
    expect(valuesOf(await send('GET /api/x', `Origin: ${app}`), 'vary')).toEqual([vary]);
  });

  it("on other routes is the upstream's own", async () => {
    const { send } = await start([openRoute()], upstreamAnswer);
    const answer = await send('GET /api/x', `Origin: ${app}`);
    expect(only(answer, 'access-control-allow-origin')).toBe('https://evil.example');
    expect(only(answer, 'vary')).toBe('Accept-Encoding');
  });
});

describe("the gateway's own answers on an exposed route", () => {
  const granted = { 'access-control-allow-origin': app, 'access-control-expose-headers': readable, vary: 'Origin' };

  it('may be read by a listed page: 401, 403, 405, 413', async () => {
    const access = { kind: 'scopes', byMethod: new Map(), others: { all: ['admin'], any: [] } } as const;
    const { send, plane } = await start([exposed({ access, methods: ['GET', 'PUT'], maxBodyBytes: 1 })]);
    const bearer = `Authorization: Bearer ${plane.issue({ scopes: [] })}`;
    for (const [status, line, ...fields] of [
      [401, 'GET /api/x'],
      [403, 'GET /api/x', bearer],
      [405, 'DELETE /api/x', bearer],
    ] as const) {
      const answer = await send(line, `Origin: ${app}`, ...fields);
      expect([statusOf(answer), corsOf(answer)]).toEqual([status, granted]);
      expect(corsOf(await send(line, 'Origin: https://evil.example', ...fields))).toEqual({ vary: 'Origin' });
    }
  });

  it('also when the upstream cannot be reached, or the limit is over', async () => {
    const rateLimit = { limit: 1, windowMs: 60_000, burst: 1, per: 'ip' } as const;
    const plane = await startDataPlane({
      targets: [await freePort()],
      routes: [exposed({ access: { kind: 'public' }, rateLimit })],
    });
    const get = lines('GET /api/x HTTP/1.1', 'Host: h', `Origin: ${app}`);
    for (const status of [502, 429]) {
      const answer = await ask(plane.port, get);
      expect([statusOf(answer), corsOf(answer)]).toEqual([status, granted]);
    }
  });
});

describe('an upgrade on an exposed route', () => {
  const upgrade = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];
  const refusal = answerText('HTTP/1.1 418 No');

  it.each([
    ['a listed page', [`Origin: ${app}`], 418],
    ['no page', [], 418],
    ['another page', ['Origin: https://evil.example'], 403],
    ['a sandboxed page', ['Origin: null'], 403],
    ['two pages', [`Origin: ${app}`, 'Origin: https://evil.example'], 403],
  ])('from %s: %s %s', async (_, fields, status) => {
    const { send, upstream } = await start([exposed({ access: { kind: 'public' } })], refusal);
    const answer = await send('GET /api/x', ...upgrade, ...fields);
    expect(statusOf(answer)).toBe(status);
    if (status === 403) expect(JSON.parse(answer.body)).toMatchObject({ code: 'origin_denied' });
    expect(upstream.requests).toHaveLength(status === 418 ? 1 : 0);
  });

  test('on another route is not asked where it is from', async () => {
    const { send } = await start([openRoute()], refusal);
    expect(statusOf(await send('GET /api/x', ...upgrade, 'Origin: https://evil.example'))).toBe(418);
  });
});
