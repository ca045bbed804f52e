import { createHash } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { keySetMaxAgeMs, publicationMs, retirementMs } from '../../src/core/signing-key.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Route } from '../../src/core/route.ts';
import { Assertions } from '../../src/gateway/assertion.ts';
import type { CleanRequest } from '../../src/gateway/sanitize.ts';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { valuesOf } from '../support/http-message.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { signingKeysFixture, type SigningKeysFixture } from '../support/signing-keys.ts';
import { answerText, ask, lines, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { ManualClock } from '../tokens/fixture.ts';

const publicUrl = 'https://gateway.example.com';

interface World {
  readonly upstream: RawUpstream;
  readonly plane: DataPlane;
  readonly signing: SigningKeysFixture;
}

async function start(...routes: Route[]): Promise<World> {
  const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'ok'));
  const signing = await signingKeysFixture();
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: routes.length === 0 ? [routeFixture({ path: '/**' })] : routes,
    keys: signing.keys,
    config: { publicUrl },
  });
  return { upstream, plane, signing };
}

/** Sends a request and gives what the upstream got for an assertion. */
async function assertionOf({ plane, upstream }: World, token: string, target = '/', ...fields: string[]) {
  const before = upstream.requests.length;
  await ask(plane.port, lines(`GET ${target} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`, ...fields));
  const received = upstream.requests[before];
  return received === undefined ? [] : valuesOf(received, 'x-auth-assertion');
}

function remoteKeys({ plane }: World) {
  return createRemoteJWKSet(new URL(`http://127.0.0.1:${plane.port}/.wayleave/jwks.json`), { cooldownDuration: 0 });
}

const expected = { issuer: publicUrl, audience: 'u' };

describe('an assertion on its way to an upstream', () => {
  it('verifies by the URL of the key set alone, and says who the request counts as', async () => {
    const world = await start();
    const token = world.plane.issue({ id: 'tok_5' });
    const [assertion = ''] = await assertionOf(world, token);
    const { payload, protectedHeader } = await jwtVerify(assertion, remoteKeys(world), expected);
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'key_1' });
    const { id, username, kind, organization } = recordFixture({}).owner;
    expect(payload).toMatchObject({
      sub: id,
      username,
      kind,
      org: organization.id,
      org_slug: organization.slug,
      token_id: 'tok_5',
      scope: '',
      roles: [],
    });
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
    expect(lifetimeOf(payload)).toBe(60);
    expect(payload).not.toHaveProperty('act');
  });

  it('is refused for another audience, by another issuer, and when it has expired', async () => {
    const world = await start();
    const [assertion = ''] = await assertionOf(world, world.plane.issue());
    const keys = remoteKeys(world);
    await expect(jwtVerify(assertion, keys, { ...expected, audience: 'other' })).rejects.toThrow(/"aud"/);
    await expect(jwtVerify(assertion, keys, { ...expected, issuer: 'wayleave' })).rejects.toThrow(/"iss"/);
    const later = new Date(((decodeJwt(assertion).exp ?? 0) + 1) * 1000);
    await expect(jwtVerify(assertion, keys, { ...expected, currentDate: later })).rejects.toThrow(/"exp"/);
  });

  it('is refused once its key is retired', async () => {
    const world = await start();
    const [assertion = ''] = await assertionOf(world, world.plane.issue());
    await world.signing.rotate('key_2', { delayMs: 0 });
    await expect(jwtVerify(assertion, remoteKeys(world), expected)).resolves.toBeDefined();
    await world.signing.retire('key_1');
    await expect(jwtVerify(assertion, remoteKeys(world), expected)).rejects.toThrow(/no applicable key/);
  });

  it('is never what the client sent, and is not sent on public routes', async () => {
    const world = await start(routeFixture({ path: '/api/**' }), openRoute({ path: '/open', name: 'open' }));
    const token = world.plane.issue();
    const forged = ['X-Auth-Assertion: forged', 'x_auth_assertion: forged', 'X.Auth.Assertion: forged'];
    const sent = await assertionOf(world, token, '/api/1', ...forged);
    expect(sent).toHaveLength(1);
    await expect(jwtVerify(sent[0] ?? '', remoteKeys(world), expected)).resolves.toBeDefined();
    expect(await assertionOf(world, token, '/open', ...forged)).toEqual([]);
  });

  it('is used again for the same token and audience, and for no other', async () => {
    const other = routeFixture({ path: '/other', name: 'other', audience: 'https://other.internal' });
    const world = await start(routeFixture({ path: '/api/**' }), other);
    const token = world.plane.issue();
    const [first] = await assertionOf(world, token, '/api/1');
    expect(await assertionOf(world, token, '/api/2')).toEqual([first]);
    const [elsewhere = ''] = await assertionOf(world, token, '/other');
    expect(decodeJwt(elsewhere).aud).toBe('https://other.internal');
    const [someoneElse = ''] = await assertionOf(world, world.plane.issue({ id: 'tok_else' }), '/api/1');
    expect(decodeJwt(someoneElse)['token_id']).toBe('tok_else');
  });

  it('is signed anew when the token has changed', async () => {
    const world = await start();
    const token = world.plane.issue();
    const [first] = await assertionOf(world, token);
    world.plane.change(token, () => ({ scopes: [] }));
    expect(await assertionOf(world, token)).not.toEqual([first]);
  });

  it('that is bound to its request says which, as the upstream receives it, and is signed for each', async () => {
    const bound = { assertionBinding: 'request' as const };
    const strip = [{ kind: 'literal', text: 'api' }] as const;
    const world = await start(routeFixture({ path: '/api/**', stripPrefix: strip, ...bound }));
    const token = world.plane.issue();
    const [assertion = ''] = await assertionOf(world, token, '/api/%61/1?x=%20&y');
    const { payload } = await jwtVerify(assertion, remoteKeys(world), expected);
    const hash = (target: string) => createHash('sha256').update(target).digest('base64url');
    expect(payload).toMatchObject({ htm: 'GET', target_sha256: hash('/a/1?x=%20&y') });
    expect(world.upstream.requests[0]?.startLine).toBe('GET /a/1?x=%20&y HTTP/1.1');
    const [again = ''] = await assertionOf(world, token, '/api/a/2');
    expect(decodeJwt(again)['target_sha256']).toBe(hash('/a/2'));
    expect(await assertionOf(world, token, '/api/a/2')).not.toEqual([again]);
  });

  it('goes with an upgrade too', async () => {
    const world = await start();
    const upgrade = ['Connection: Upgrade', 'Upgrade: echo'];
    const [assertion = ''] = await assertionOf(world, world.plane.issue(), '/', ...upgrade);
    await expect(jwtVerify(assertion, remoteKeys(world), expected)).resolves.toBeDefined();
  });
});

describe('the key set on the proxy listener', () => {
  it('may be kept for five minutes, and asked for by its tag', async () => {
    const { plane } = await start();
    const url = `http://127.0.0.1:${plane.port}/.wayleave/jwks.json`;
    const first = await fetch(url);
    expect(first.headers.get('cache-control')).toBe('public, max-age=300');
    const { keys } = (await first.json()) as JSONWebKeySet;
    expect(keys).toMatchObject([{ kty: 'EC', crv: 'P-256', kid: 'key_1', alg: 'ES256', use: 'sig' }]);
    expect(Object.keys(keys[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const post = await fetch(url, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('stands at /.well-known on the host of public_url alone', async () => {
    const { plane, upstream } = await start(openRoute());
    const get = (host: string) => ask(plane.port, lines('GET /.well-known/jwks.json HTTP/1.1', `Host: ${host}`));
    expect((await get('gateway.example.com')).body).toContain('"kid":"key_1"');
    expect(upstream.requests).toEqual([]);
    expect((await get('api.example.com')).body).not.toContain('"kid"');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('what a node signs with', () => {
  let clock: ManualClock;
  let signing: SigningKeysFixture;
  let assertions: Assertions;

  beforeEach(async () => {
    clock = new ManualClock();
    signing = await signingKeysFixture(clock);
    assertions = new Assertions({ keys: signing.keys, clock, issuer: 'wayleave', lifetimeMs: 60_000 });
  });

  const route = routeFixture({ path: '/**' });
  const request = {} as CleanRequest;
  const owner = recordFixture({}).owner;
  const principal: Principal = {
    subject: owner,
    tokenId: 'tok_1',
    tokenKind: 'pat',
    scopes: new Set(['device:read', 'wayleave:self']),
    roles: ['analytics/viewer'],
    allowedIps: [],
    expiresAt: null,
  };
  const kidOf = (assertion: string): unknown =>
    (JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString()) as { kid: unknown }).kid;
  const verified = (assertion: string) =>
    jwtVerify(assertion, createLocalJWKSet(JSON.parse(signing.keys.keySet().text) as JSONWebKeySet), {
      currentDate: new Date(clock.now()),
    });

  it('is used again for half of its life', async () => {
    const first = assertions.write(principal, route, request);
    clock.advance(29_999);
    expect(assertions.write(principal, route, request)).toBe(first);
    await expect(verified(first)).resolves.toBeDefined();
    clock.advance(1);
    expect(assertions.write(principal, route, request)).not.toBe(first);
  });

  it('is signed anew when the wall clock was set back', () => {
    const first = assertions.write(principal, route, request);
    clock.setWall(clock.now() - 3_600_000);
    expect(assertions.write(principal, route, request)).not.toBe(first);
  });

  it('never outlives its token, to the second', () => {
    const ending = { ...principal, expiresAt: clock.now() + 10_000 };
    const first = assertions.write(ending, route, request);
    expect(lifetimeOf(decodeJwt(first))).toBe(10);
    clock.advance(5000);
    expect(assertions.write(ending, route, request)).not.toBe(first);
  });

  it('names who really acts, and no scope of the admin API', () => {
    const actor = {
      ...owner,
      id: 'usr_support',
      username: 'support',
      organization: { ...owner.organization, id: 'org_p' },
    };
    const assumed = decodeJwt(assertions.write({ ...principal, actor }, route, request));
    expect(assumed).toMatchObject({
      sub: owner.id,
      act: { sub: 'usr_support', username: 'support', org: 'org_p' },
      scope: 'device:read',
    });
  });

  it('changes from one key to the next when every verifier can know the next, and back to none', async () => {
    expect(publicationMs).toBeGreaterThanOrEqual(keySetMaxAgeMs);
    await signing.rotate('key_2', { algorithm: 'EdDSA' });
    const held = signing.keys.keySet().text;
    expect(held).toContain('"key_2"');
    clock.advance(publicationMs - 1);
    const last = assertions.write(principal, route, request);
    expect(kidOf(last)).toBe('key_1');
    clock.advance(1);
    const first = assertions.write(principal, route, request);
    expect(kidOf(first)).toBe('key_2');
    await expect(verified(first)).resolves.toBeDefined();
    clock.advance(58_000);
    await expect(verified(last)).resolves.toBeDefined();
    clock.advance(retirementMs - 58_000);
    expect(signing.keys.keySet().text).not.toContain('"key_1"');
    expect(signing.keys.keySet().etag).not.toBe('');
  });
});

function lifetimeOf({ iat = 0, exp = 0 }: JWTPayload): number {
  return exp - iat;
}
