import { describe, expect, it } from 'vitest';
import { identityPresets, type IdentityHeaders } from '../../src/core/identity.ts';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { linesWithout, only, valuesOf } from '../support/http-message.ts';
import { answerText, ask, lines, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { routeFixture } from '../support/route-fixture.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');
const day = 86_400_000;

const owner = {
  id: 'usr_7',
  username: 'grace',
  email: 'grace@acme.example',
  kind: 'service' as const,
  status: 'active' as const,
  organization: { id: 'org_9', slug: 'acme', status: 'active' as const },
  roles: ['analytics/viewer', 'analytics/admin', 'wayleave/member'],
};
const roleScopes = new Map([
  ['analytics/viewer', new Set(['device:read', 'collection:read'])],
  ['analytics/admin', new Set(['device:read', 'device:write'])],
]);
const scopes = ['device:read', 'collection:read', 'wayleave:self', 'policy:read'];

/** Everything but identity. */
const others = [
  'host',
  'connection',
  'via',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-request-id',
  'traceparent',
];

async function start(headers: IdentityHeaders, route = routeFixture({ path: '/**' })) {
  const upstream = await startRawUpstream(ok);
  const identity = { preset: 'custom' as const, headers };
  const plane = await startDataPlane({ targets: [upstream.port], routes: [route], config: { identity, roleScopes } });
  return { upstream, plane };
}

async function identityLines(plane: DataPlane, upstream: RawUpstream, ...fields: string[]): Promise<string[]> {
  const token = plane.issue({ id: 'tok_5', scopes, owner });
  await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`, ...fields));
  return upstream.requests.flatMap((request) => linesWithout(request, others));
}

describe('who a request counts as, as the upstream is told', () => {
  it.each([
    [
      'wayleave',
      [
        'X-Auth-User: usr_7',
        'X-Auth-Username: grace',
        'X-Auth-Email: grace@acme.example',
        'X-Auth-Kind: service',
        'X-Auth-Org: org_9',
        'X-Auth-Org-Slug: acme',
        'X-Auth-Roles: analytics/viewer',
        'X-Auth-Scopes: device:read collection:read',
        'X-Auth-Token-Id: tok_5',
      ],
    ],
    [
      'forwarded-user',
      [
        'X-Forwarded-User: usr_7',
        'X-Forwarded-Preferred-Username: grace@acme',
        'X-Forwarded-Email: grace@acme.example',
        'X-Forwarded-Groups: analytics/viewer',
      ],
    ],
    [
      'auth-request',
      [
        'X-Auth-Request-User: usr_7',
        'X-Auth-Request-Preferred-Username: grace@acme',
        'X-Auth-Request-Email: grace@acme.example',
        'X-Auth-Request-Groups: analytics/viewer',
      ],
    ],
    [
      'remote-user',
      [
        'Remote-User: grace@acme',
        'Remote-Name: grace',
        'Remote-Email: grace@acme.example',
        'Remote-Groups: analytics/viewer',
      ],
    ],
    [
      'consumer',
      [
        'X-Consumer-ID: usr_7',
        'X-Consumer-Username: grace@acme',
        'X-Consumer-Groups: analytics/viewer',
        'X-Credential-Identifier: tok_5',
      ],
    ],
  ] as const)('stands in the headers of the preset %s, whatever the client claims', async (preset, expected) => {
    const { upstream, plane } = await start(identityPresets[preset]);
    const forged = Object.values(identityPresets).flatMap((headers) => headers.map(([name]) => `${name}: root`));
    expect(await identityLines(plane, upstream, ...forged)).toEqual(expected);
  });

  it('stands in the headers that a custom preset names', async () => {
    const { upstream, plane } = await start([
      ['X-Tenant', 'org_slug'],
      ['Kong_User', 'username_at_org'],
    ]);
    const forged = ['X-Tenant: root', 'x_tenant: root', 'KONG-User: root', 'Kong_User: root', 'X.Tenant: root'];
    expect(await identityLines(plane, upstream, ...forged)).toEqual(['X-Tenant: acme', 'Kong_User: grace@acme']);
  });

  it('is not said of what has no value', async () => {
    const { upstream, plane } = await start(identityPresets.wayleave);
    const token = plane.issue();
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`));
    expect(upstream.requests.flatMap((request) => linesWithout(request, others))).toEqual([
      'X-Auth-User: usr_1',
      'X-Auth-Username: ada',
      'X-Auth-Kind: human',
      'X-Auth-Org: org_1',
      'X-Auth-Org-Slug: acme',
      'X-Auth-Token-Id: tok_1',
    ]);
  });

  it('is nothing on a public route, not even with a good token', async () => {
    const { upstream, plane } = await start(identityPresets.wayleave, openRoute());
    expect(await identityLines(plane, upstream, 'X-Auth-User: root', 'X_AUTH_SCOPES: all')).toEqual([]);
    expect(plane.lookups).toEqual([]);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('includes the token itself only when the route says so (%s)', async (forwardToken, times) => {
    const { upstream, plane } = await start([], routeFixture({ path: '/**', forwardToken }));
    const token = plane.issue();
    await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', `AUTHORIZATION: bearer ${token}`));
    const [request] = upstream.requests;
    expect(request && valuesOf(request, 'authorization')).toEqual(Array(times).fill(`bearer ${token}`));
  });
});

describe('X-Auth-Token-Expires', () => {
  it.each([
    ['in 29 days', 29 * day, true],
    ['in an hour', 3_600_000, true],
    ['in 31 days', 31 * day, false],
    ['never', null, false],
  ])('is on the answer when the token ends %s: %s', async (_, life, isSaid) => {
    const { plane } = await start([]);
    const expiresAt = life === null ? null : Date.now() + life;
    const token = plane.issue({ expiresAt });
    const answer = await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`));
    expect(only(answer, 'x-auth-token-expires')).toBe(isSaid ? new Date(expiresAt ?? 0).toISOString() : undefined);
  });
});
