import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { adminClient, makeTokens, type AdminCall, type FixtureToken } from '../support/gateway-tokens.ts';

let gateway: RunningGateway;
let call: AdminCall;
let tokens: Record<'rotating' | 'retrying' | 'ending' | 'bound' | 'shown' | 'old', FixtureToken>;

beforeAll(async () => {
  const upstream = createServer((_req, res) => res.end('ok'));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onCleanup(() => upstream.close());
  gateway = await startGateway({
    yaml: `
scopes: { read: Read }
projects: { app: { name: App, roles: { user: [ read ] } } }
upstreams: { u: { targets: [ "http://127.0.0.1:${(upstream.address() as AddressInfo).port}" ] } }
routes: [ { name: all, match: { path: /** }, upstream: u, scopes: read } ]
`,
  });
  const scopes = ['read'];
  tokens = await makeTokens(gateway, 'app/user', {
    rotating: { scopes },
    retrying: { scopes },
    ending: { scopes },
    bound: { scopes },
    shown: { scopes },
    old: { scopes },
  });
  call = await adminClient(gateway);
});

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(
  secret: string,
  path = '/',
  { headers: given, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${secret}`, ...given };
  const response = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { ...init, headers });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text };
  return { status: response.status, code: response.headers.get('x-wayleave-error'), body };
}

const rotateSelf = (secret: string, body?: string): Promise<Answer> =>
  ask(secret, '/.wayleave/self/rotate', { method: 'POST', ...(body !== undefined && { body }) });

describe('a token on the proxy listener', () => {
  it('rotates itself without any scope of the admin API, and never lives longer by it', async () => {
    const before = await call('GET', `/tokens/${tokens.rotating.tokenId}`);
    const { status, body } = await rotateSelf(tokens.rotating.secret);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        secret: expect.stringMatching(/^wl_pat_/) as string,
        token: { id: tokens.rotating.tokenId, expires_at: before['expires_at'] },
        receipt: { nodes_expected: 1, nodes_confirmed: 1, silent: [] },
      },
    });
    expect((await ask(String(body['secret']))).status).toBe(200);
    expect((await ask(tokens.rotating.secret)).status).toBe(200);
    const events = await call('GET', `/audit?target=${tokens.rotating.tokenId}`);
    expect(events['items']).toMatchObject([{ action: 'token.rotate', via: 'proxy' }, { action: 'token.create' }]);
  });

  it('rotates again with the old secret when the answer was lost, and with overlap 0 at once', async () => {
    await rotateSelf(tokens.retrying.secret, '{"overlap":"15m"}');
    const again = await rotateSelf(tokens.retrying.secret, '{"overlap":"0"}');
    expect(again.status).toBe(200);
    expect(await ask(tokens.retrying.secret)).toMatchObject({ status: 401, code: 'token_expired' });
    expect((await ask(String(again.body['secret']))).status).toBe(200);
  });

  it('revokes itself', async () => {
    const answer = await ask(tokens.ending.secret, '/.wayleave/self/revoke', { method: 'POST' });
    expect(answer).toMatchObject({ status: 200, body: { token: { state: 'revoked' }, receipt: { silent: [] } } });
    expect(await ask(tokens.ending.secret)).toMatchObject({ status: 401, code: 'token_revoked' });
  });

  it.each([
    ['GET', undefined, 405, 'method_not_allowed'],
    ['POST', '{"overlap":"2h"}', 400, 'validation_failed'],
    ['POST', '{"overlap":"1h","overlap":"0"}', 400, 'validation_failed'],
    ['POST', '[]', 400, 'validation_failed'],
    ['POST', 'junk', 400, 'validation_failed'],
    ['POST', `{"overlap":"${'1'.repeat(5000)}"}`, 413, 'body_too_large'],
  ])('is not rotated by %s %s', async (method, body, status, code) => {
    const answer = await ask(tokens.shown.secret, '/.wayleave/self/rotate', { method, ...(body && { body }) });
    expect(answer).toMatchObject({ status, code });
    expect((await call('GET', `/tokens/${tokens.shown.tokenId}`))['rotation']).toBeNull();
  });

  it('is not known, so nothing is done', async () => {
    const response = await fetch(`http://127.0.0.1:${gateway.port}/.wayleave/self/revoke`, { method: 'POST' });
    expect([response.status, response.headers.get('x-wayleave-error')]).toEqual([401, 'token_missing']);
  });

  it('bound to addresses is refused elsewhere on every path, its own ones too', async () => {
    const made = await call('POST', '/tokens', {
      user_id: tokens.bound.userId,
      name: 'elsewhere',
      scopes: ['read'],
      allowed_ips: ['192.0.2.0/24', '2001:db8::/32'],
    });
    const secret = String(made['secret']);
    const refused = { status: 403, code: 'address_denied' };
    expect(await ask(secret)).toMatchObject(refused);
    expect(await ask(secret, '/.wayleave/whoami')).toMatchObject(refused);
    expect(await ask(secret, '/.wayleave/self/revoke', { method: 'POST' })).toMatchObject(refused);
    const forged = await ask(secret, '/', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect(forged).toMatchObject(refused);
    const here = await call('POST', '/tokens', {
      user_id: tokens.bound.userId,
      name: 'here',
      scopes: ['read'],
      allowed_ips: ['127.0.0.0/8'],
    });
    expect((await ask(String(here['secret']))).status).toBe(200);
  });
});

it('counts calls with the old secret, and warns of its use after its end once a minute', async () => {
  const { secret, tokenId } = tokens.old;
  await call('POST', `/tokens/${tokenId}/rotate`, { overlap: '15m' });
  for (let calls = 0; calls < 3; calls++) expect((await ask(secret)).status).toBe(200);
  const counted = async (): Promise<unknown> => (await call('GET', `/tokens/${tokenId}`))['rotation'];
  await expect
    .poll(counted, { timeout: 20_000 })
    .toMatchObject({ old_calls: 3, old_last_used_at: expect.any(String) as string });
  await call('POST', `/tokens/${tokenId}/rotate`, { overlap: '0' });
  for (let calls = 0; calls < 3; calls++) {
    expect(await ask(secret)).toMatchObject({ status: 401, code: 'token_expired' });
  }
  const events = async (): Promise<unknown> =>
    ((await call('GET', `/audit?target=${tokenId}`))['items'] as { action: string }[]).map(({ action }) => action);
  await expect.poll(events).toEqual(['token.old_secret_used', 'token.rotate', 'token.rotate', 'token.create']);
  expect(gateway.log().match(/a secret was used that a rotation has ended/g)).toHaveLength(2);
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  expect(metrics).toMatch(/wayleave_ended_secret_uses_total 4/);
  expect(metrics).toMatch(/wayleave_tokens_expiring\{organization="acme",days="30"\} \d+/);
  expect(gateway.log()).not.toContain(secret.slice(8));
});
