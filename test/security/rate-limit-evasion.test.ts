import { describe, expect, it } from 'vitest';
import type { RateLimit } from '../../src/core/rate-limit.ts';
import type { Route } from '../../src/core/route.ts';
import { openRoute, startDataPlane, type DataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

/** Nothing comes back while a test runs. */
const threeADay: RateLimit = { limit: 3, windowMs: 86_400_000, burst: 3, per: 'token' };

async function start(routes: readonly Route[], given: Partial<DataPlaneOptions> = {}): Promise<DataPlane> {
  const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'served'));
  return startDataPlane({ targets: [upstream.port], routes, ...given });
}

/** How many of the requests were served; all others got 429. */
async function served(plane: DataPlane, requests: readonly string[]): Promise<number> {
  const answers = await Promise.all(requests.map((request) => ask(plane.port, request)));
  const statuses = answers.map(statusOf);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 200).length;
}

describe('a client that is over its limit gets no more by', () => {
  it('another spelling of path, query, host, method or scheme', async () => {
    const plane = await start([routeFixture({ path: '/api/**', rateLimit: threeADay })]);
    const token = plane.issue();
    const heads = [
      ['GET /api/a HTTP/1.1', 'Host: one.example', `Authorization: Bearer ${token}`],
      ['GET /api/%61 HTTP/1.1', 'Host: one.example', `Authorization: bearer ${token}`],
      ['GET /api/a/ HTTP/1.1', 'Host: two.example', `authorization: BEARER ${token}`],
      ['GET /api/a?b=c HTTP/1.1', 'Host: ONE.example:80', `AUTHORIZATION: Bearer ${token}`],
      ['HEAD /api HTTP/1.1', 'Host: one.example', `Authorization: Bearer ${token}`],
      ['OPTIONS /api/other HTTP/1.1', 'Host: one.example', `Authorization: Bearer ${token}`],
      ['DELETE /api/%7Ex HTTP/1.1', 'Host: one.example', `Authorization: Bearer ${token}`],
    ];
    expect(
      await served(
        plane,
        heads.map((head) => lines(...head)),
      ),
    ).toBe(3);
  });

  it('hundreds of connections at the same moment', async () => {
    const plane = await start([routeFixture({ path: '/**', rateLimit: threeADay })]);
    const request = lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${plane.issue()}`);
    expect(await served(plane, Array<string>(200).fill(request))).toBe(3);
  });

  it('an upgrade, or one that it does not mean', async () => {
    const plane = await start([routeFixture({ path: '/**', rateLimit: threeADay })]);
    const token = `Authorization: Bearer ${plane.issue()}`;
    const upgrade = (protocol: string) =>
      lines('GET / HTTP/1.1', 'Host: h', token, 'Connection: upgrade', `Upgrade: ${protocol}`);
    expect(
      await served(plane, [upgrade('bytes'), upgrade('h2c'), upgrade('bytes'), upgrade('bytes'), upgrade('h2c')]),
    ).toBe(3);
  });

  it('claims about its address that no trusted proxy makes', async () => {
    const route = openRoute({ rateLimit: { ...threeADay, per: 'ip' } });
    const plane = await start([route]);
    const claims = [
      'X-Forwarded-For: 192.0.2',
      'X-Real-IP: 192.0.2',
      'Forwarded: for=192.0.2',
      'True-Client-IP: 192.0.2',
    ];
    const requests = claims.flatMap((claim, at) =>
      [1, 2].map((end) => lines('GET / HTTP/1.1', 'Host: h', `${claim}.${at}${end}`)),
    );
    expect(await served(plane, requests)).toBe(3);
  });

  it('what it puts before the address that a trusted proxy adds', async () => {
    const route = openRoute({ rateLimit: { ...threeADay, per: 'ip' } });
    const plane = await start([route], { config: { trustedProxies: ['127.0.0.1/32'] } });
    const from = (tale: string): string => lines('GET / HTTP/1.1', 'Host: h', `X-Forwarded-For: ${tale}, 192.0.2.7`);
    expect(await served(plane, ['198.51.100.1', '198.51.100.2', '127.0.0.1', '::1', 'x', 'unknown'].map(from))).toBe(3);
  });

  it('other addresses of its own IPv6 network, or other spellings of one address', async () => {
    const route = openRoute({ rateLimit: { ...threeADay, per: 'ip' } });
    const plane = await start([route], { config: { trustedProxies: ['127.0.0.1/32'] } });
    const from = (address: string): string => lines('GET / HTTP/1.1', 'Host: h', `X-Forwarded-For: ${address}`);
    const network = ['2001:db8::1', '2001:DB8::0001', '2001:db8:0:0:ffff::', '2001:db8::2', '2001:0db8::3'];
    expect(await served(plane, network.map(from))).toBe(3);
    const mapped = ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:c000:201', '0:0:0:0:0:ffff:c000:0201'];
    expect(await served(plane, mapped.map(from))).toBe(3);
  });

  it('more tokens of its own, where the user is counted; each route counts by itself', async () => {
    const rateLimit: RateLimit = { ...threeADay, per: 'user' };
    const plane = await start([
      routeFixture({ name: 'one', path: '/one', rateLimit }),
      routeFixture({ name: 'two', path: '/two', rateLimit }),
    ]);
    const tokens = Array.from({ length: 4 }, (_, at) => plane.issue({ id: `tok_${at}` }));
    const to = (path: string) =>
      tokens.map((token) => lines(`GET ${path} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`));
    expect(await served(plane, to('/one'))).toBe(3);
    expect(await served(plane, to('/two'))).toBe(3);
  });
});

it('nobody is counted for what somebody else sends', async () => {
  const plane = await start([routeFixture({ path: '/**', rateLimit: threeADay })]);
  const [own, other] = [plane.issue({ id: 'tok_1' }), plane.issue({ id: 'tok_2' })];
  const junk = lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${own.slice(0, -1)}A`);
  for (let request = 0; request < 10; request++) await ask(plane.port, junk);
  const request = (token: string): string => lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`);
  expect(await served(plane, Array<string>(10).fill(request(other)))).toBe(3);
  expect(await served(plane, Array<string>(10).fill(request(own)))).toBe(3);
});
