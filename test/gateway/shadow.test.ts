import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Access, Route } from '../../src/core/route.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { routeFixture } from '../support/route-fixture.ts';

const needs = (scope: string): Access => ({
  kind: 'scopes',
  byMethod: new Map(),
  others: { all: [scope], any: [] },
});
const route = (name: string, given: Partial<Route> & { path: string }): Route => routeFixture({ name, ...given });
const shadow = (name: string, given: Partial<Route> & { path: string }): Route =>
  route(name, { shadow: true, ...given });

async function start(routes: readonly Route[]): Promise<DataPlane> {
  const upstream = createServer((_req, res) => res.end('ok'));
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  onCleanup(() => {
    upstream.closeAllConnections();
    upstream.close();
  });
  const roleScopes = new Map([['app/user', new Set(['device:read', 'device:admin'])]]);
  return startDataPlane({ targets: [(upstream.address() as AddressInfo).port], routes, config: { roleScopes } });
}

async function ask(plane: DataPlane, path: string, token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://127.0.0.1:${plane.port}${path}`, { headers });
  await response.arrayBuffer();
  return response.status;
}

describe('a shadow route never serves', () => {
  it('although it is the most specific one, or ties with the one that serves', async () => {
    const plane = await start([
      route('all', { path: '/**', access: { kind: 'public' } }),
      shadow('closer', { path: '/api/devices', access: needs('device:read') }),
      shadow('twin', { path: '/**', access: needs('device:read') }),
    ]);
    expect([await ask(plane, '/api/devices'), await ask(plane, '/other')]).toEqual([200, 200]);
    await expect.poll(() => plane.shadows).toEqual(['route closer would_deny', 'route twin would_deny']);
  });

  it('although no other route takes the request', async () => {
    const plane = await start([shadow('alone', { path: '/new', access: { kind: 'public' } })]);
    expect(await ask(plane, '/new')).toBe(404);
    await expect.poll(() => plane.shadows).toEqual(['route alone would_allow']);
  });

  it('although it names a host, which would take the rest of the host from the others', async () => {
    const plane = await start([
      route('all', { path: '/**', access: { kind: 'public' } }),
      shadow('host', { path: '/api', hosts: ['127.0.0.1'], access: { kind: 'public' } }),
    ]);
    expect([await ask(plane, '/api'), await ask(plane, '/else')]).toEqual([200, 200]);
    await expect.poll(() => plane.shadows).toEqual(['route host same', 'route none would_deny']);
  });
});

it('says what it would have done with this token, and nothing of requests that it has no part in', async () => {
  const plane = await start([
    route('devices', { path: '/devices', access: needs('device:read') }),
    shadow('stricter', { path: '/devices', access: needs('device:admin') }),
    route('other', { path: '/other', access: { kind: 'authenticated' } }),
  ]);
  const [reader, admin] = [['device:read'], ['device:read', 'device:admin']].map((scopes) =>
    plane.issue({ scopes }, ['app/user']),
  );
  expect(await ask(plane, '/devices', reader)).toBe(await ask(plane, '/devices', admin));
  await ask(plane, '/devices');
  await ask(plane, '/other', reader);
  await ask(plane, '/nowhere', reader);
  const results = ['would_deny', 'same', 'same'];
  await expect.poll(() => plane.shadows).toEqual(results.map((result) => `route stricter ${result}`));
});
