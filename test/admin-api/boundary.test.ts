import { request as sendRequest } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], ['wayleave:org:read', 'wayleave:org:write']);
});

/** Sends header fields exactly as they are given; fetch sets some of them by itself. */
function sendRaw(
  method: string,
  path: string,
  headers: readonly string[],
  body?: Buffer,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: world.port,
      method,
      path,
      headers,
      agent: false,
      setDefaultHeaders: false,
    };
    const sent = sendRequest(options, (response) => {
      readText(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text }), reject);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const bearer = (): string[] => ['Authorization', `Bearer ${admin.secret}`];

describe('the Host header', () => {
  it.each(['evil.example', 'localhost.evil.example:8081', '10.0.0.1'])(
    'of a rebound name is refused: %s',
    async (host) => {
      const answer = await sendRaw('GET', '/api/v1/me', ['Host', host, ...bearer()]);
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'host_invalid' });
    },
  );

  it.each(['/', '/healthz', '/metrics', '/openapi.json'])('is checked outside of the API too: %s', async (path) => {
    expect((await sendRaw('GET', path, ['Host', 'evil.example'])).status).toBe(400);
  });

  it.each(['localhost:1', '127.0.0.1', '[::1]:8081', 'gateway.example.com'])('may be %s', async (host) => {
    expect((await sendRaw('GET', '/api/v1/me', ['Host', host, ...bearer()])).status).toBe(200);
  });

  it.each([
    ['twice', ['Host', 'localhost', 'Host', 'evil.example']],
    ['not at all', []],
    ['as nonsense', ['Host', 'a b']],
    ['with a user', ['Host', 'user@localhost']],
  ])('sent %s is refused', async (_how, headers) => {
    expect((await sendRaw('GET', '/api/v1/me', [...headers, ...bearer()])).status).toBe(400);
  });
});

describe('the Origin header', () => {
  const write = (origin: string) =>
    world.client(admin.secret).call('PATCH', '/api/v1/organizations/acme/users/usr_1', {}, { origin });

  it.each(['https://evil.example', 'null', 'http://localhost:1', 'http://127.0.0.1'])(
    'of another origin is refused on a write: %s',
    async (origin) => {
      expectProblem(await write(origin), 403, 'origin_denied');
    },
  );

  it('is refused before any credential is looked at', async () => {
    const answer = await world.client().call('POST', '/api/v1/tokens', {}, { origin: 'https://evil.example' });
    expectProblem(answer, 403, 'origin_denied');
  });

  it('of the listener itself may write, and a foreign one may read', async () => {
    expectProblem(await write(`http://127.0.0.1:${world.port}`), 400, 'validation_failed');
    const read = await world
      .client(admin.secret)
      .call('GET', '/api/v1/me', undefined, { origin: 'https://evil.example' });
    expect(read.status).toBe(200);
    expect(read.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the credential', () => {
  it.each([
    ['none', undefined, 'token_missing'],
    ['another scheme', 'Basic YTpi', 'token_invalid'],
    ['no scheme', 'SECRET', 'token_invalid'],
    ['two spaces', 'Bearer  SECRET', 'token_invalid'],
    ['a trailing word', 'Bearer SECRET x', 'token_invalid'],
    ['two tokens', 'Bearer SECRET,SECRET', 'token_invalid'],
    ['an unknown token', `Bearer ${mintToken('wl', 'pat')}`, 'token_invalid'],
    ['a token of another prefix', `Bearer ${mintToken('xx', 'pat')}`, 'token_invalid'],
    ['an assume-user token', `Bearer ${mintToken('wl', 'asu')}`, 'token_invalid'],
    ['an enrolment code', `Bearer ${mintToken('wl', 'enr')}`, 'token_invalid'],
    ['a session', `Bearer ${mintToken('wl', 'ses')}`, 'token_invalid'],
  ])('is refused when it is %s', async (_what, authorization, code) => {
    const headers =
      authorization === undefined ? {} : { authorization: authorization.replaceAll('SECRET', admin.secret) };
    const answer = await world.client().call('GET', '/api/v1/me', undefined, headers);
    expectProblem(answer, 401, code);
    const challenge = answer.headers.get('www-authenticate');
    expect(challenge).toMatch(/^Bearer realm="/);
    expect(challenge?.includes('error="invalid_token"')).toBe(code !== 'token_missing');
  });

  it('is asked for before anything is said about a path', async () => {
    expectProblem(await world.client().get('/api/v1/nothing'), 401, 'token_missing');
    expectProblem(await world.client().post('/api/v1/tokens', 'junk'), 401, 'token_missing');
  });

  it('is not looked for in the query', async () => {
    expectProblem(await world.client().get(`/api/v1/me?access_token=${admin.secret}`), 401, 'token_missing');
  });

  it('may be written with the scheme in any case', async () => {
    const headers = { authorization: `bEARER ${admin.secret}` };
    expect((await world.client().call('GET', '/api/v1/me', undefined, headers)).status).toBe(200);
  });

  it.each([
    ['expire', 'token_expired'],
    ['revoke', 'token_revoked'],
    ['disable', 'token_disabled'],
    ['delete', 'token_revoked'],
  ] as const)('tells its holder why it no longer counts: %s', async (action, code) => {
    const holder = await world.people.holder('acme', [], ['wayleave:self']);
    expect((await world.client(holder.secret).get('/api/v1/me')).status).toBe(200);
    await world.stores.tokens.act(holder.tokenId, action, admin.user.id);
    expectProblem(await world.client(holder.secret).get('/api/v1/me'), 401, code);
  });
});

describe('the body', () => {
  const path = '/api/v1/organizations/acme/users';
  const post = (contentType: string, body: string) =>
    world.client(admin.secret).call('POST', path, body, { 'content-type': contentType });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json\ta',
    'application/jsonx',
    'application/merge-patch+json',
    'text/plain; application/json',
    'application/json, text/plain',
  ])('of another media type is refused: %j', async (contentType) => {
    expectProblem(await post(contentType, '{}'), 415, 'unsupported_media_type');
  });

  it.each(['application/json', 'Application/JSON ; charset=UTF-8', 'application/json;charset="utf-8"'])(
    'may be sent as %s',
    async (contentType) => {
      expectProblem(await post(contentType, '{}'), 400, 'validation_failed');
    },
  );

  it('without a media type is refused', async () => {
    const answer = await sendRaw(
      'POST',
      path,
      ['Host', 'localhost', ...bearer(), 'Content-Length', '2'],
      Buffer.from('{}'),
    );
    expect(answer.status).toBe(415);
  });

  it('is bounded to 1 MiB by what arrives, whatever is announced', async () => {
    expectProblem(await post('application/json', ' '.repeat(1024 * 1024 + 1)), 413, 'body_too_large');
    const chunked = [
      'Host',
      'localhost',
      'Content-Type',
      'application/json',
      'Transfer-Encoding',
      'chunked',
      ...bearer(),
    ];
    const answer = await sendRaw('POST', path, chunked, Buffer.alloc(3 * 1024 * 1024, ' '));
    expect(answer.status).toBe(413);
  });

  it.each([
    ['cut-off JSON', '{', ''],
    ['null', 'null', ''],
    ['a list', '[]', ''],
    ['a text', '"x"', ''],
    ['an unknown field', '{"kind":"human","username":"x","name":"X","admin":true}', '/admin'],
    ['a missing field', '{"kind":"human","name":"X"}', '/username'],
    ['a wrong type', '{"kind":"human","username":5,"name":"X"}', '/username'],
    ['a wrong choice', '{"kind":"robot","username":"x","name":"X"}', '/kind'],
    ['a key given twice', '{"kind":"human","username":"x","name":"X","name":"Y"}', '/name'],
    ['__proto__', '{"kind":"human","username":"x","name":"X","__proto__":{"a":1}}', '/__proto__'],
    ['constructor', '{"kind":"human","username":"x","name":"X","constructor":{"a":1}}', '/constructor'],
  ])('with %s is refused, and the field is named', async (_what, body, pointer) => {
    const answer = await post('application/json', body);
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toContainEqual({ pointer, detail: expect.any(String) as string });
  });

  it('that is not UTF-8 is refused', async () => {
    const headers = ['Host', 'localhost', 'Content-Type', 'application/json', 'Content-Length', '3', ...bearer()];
    expect((await sendRaw('POST', path, headers, Buffer.from([0x22, 0xff, 0x22]))).status).toBe(400);
  });

  it('that its client never finishes is no fault of the gateway', async () => {
    const headers = { host: 'localhost', 'content-type': 'application/json', 'content-length': 100 };
    const authorization = `Bearer ${admin.secret}`;
    const target = { host: '127.0.0.1', port: world.port, method: 'POST', path, agent: false };
    const sent = sendRequest({ ...target, headers: { ...headers, authorization } });
    sent.once('error', () => undefined);
    const refusals = () => world.log.lines().filter(({ code }) => code === 'validation_failed').length;
    const before = refusals();
    await new Promise((resolve) => sent.write('{"kind":', resolve));
    // Long enough for the call to be reading; when it is not yet, it meets the closed connection all the same.
    await world.client(admin.secret).get('/api/v1/me');
    sent.destroy();
    await vi.waitFor(() => expect(refusals()).toBe(before + 1));
    expect(world.log.lines().filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  it('names every wrong field at once', async () => {
    const answer = await post('application/json', '{"kind":"human","username":"A B","name":"","email":"x"}');
    expect((answer.body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/username',
      '/name',
      '/email',
    ]);
  });
});

describe('paths and methods', () => {
  it('that no call has are 404', async () => {
    for (const path of ['/api/v1/nothing', '/api/v1/tokens/', '/api/v1//tokens', '/api/v1/tokens/tok_1/shrink']) {
      expectProblem(await world.client(admin.secret).post(path), 404, 'not_found');
    }
    expectProblem(await world.client(admin.secret).get('/API/v1/me'), 404, 'not_found');
    expectProblem(await world.client(admin.secret).get('/../../etc/passwd'), 404, 'not_found');
  });

  it('that a call has under other methods are 405 and name them', async () => {
    const answer = await world.client(admin.secret).call('PUT', '/api/v1/tokens/tok_1');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('GET, PATCH, DELETE');
  });

  it('with a query parameter that the call has not are refused', async () => {
    const answer = await world.client(admin.secret).get('/api/v1/me?_method=DELETE');
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toEqual([{ pointer: '/query/_method', detail: 'is not a field of this call' }]);
  });

  it('are answered with headers that keep browsers from guessing, caching and telling', async () => {
    const { headers } = await world.client(admin.secret).get('/api/v1/me');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{20,}$/);
  });
});
