import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { only, statusOf, valuesOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

async function start(failure: () => Error) {
  const upstream = await startRawUpstream(ok);
  const routes = [routeFixture({ path: '/**' }), routeFixture({ path: '/public', access: { kind: 'public' } })];
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes,
    beforeLookup: () => Promise.reject(failure()),
  });
  return { upstream, plane };
}

describe('a store that cannot tell', () => {
  const head = (path: string, token: string): string =>
    lines(`GET ${path} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`);

  it.each(['/', '/.wayleave/whoami'])('is 503 with Retry-After on %s, never 401 and never a pass', async (path) => {
    const { upstream, plane } = await start(() => new StoreUnavailable('down'));
    const answer = await ask(plane.port, head(path, plane.issue()));
    expect(statusOf(answer)).toBe(503);
    expect(only(answer, 'x-wayleave-error')).toBe('store_unavailable');
    expect(only(answer, 'retry-after')).toBe('1');
    expect(valuesOf(answer, 'www-authenticate')).toEqual([]);
    expect(upstream.requests).toEqual([]);
  });

  it('still lets public routes and junk be judged', async () => {
    const { plane } = await start(() => new StoreUnavailable('down'));
    expect(statusOf(await ask(plane.port, head('/public', 'x')))).toBe(200);
    expect(statusOf(await ask(plane.port, head('/', 'junk')))).toBe(401);
    expect(plane.lookups).toEqual([]);
  });

  it('is 503 for an upgrade as well', async () => {
    const { upstream, plane } = await start(() => new StoreUnavailable('down'));
    const upgrade = ['Connection: Upgrade', 'Upgrade: foo', `Authorization: Bearer ${plane.issue()}`];
    const answer = await ask(plane.port, lines('GET / HTTP/1.1', 'Host: h', ...upgrade));
    expect(statusOf(answer)).toBe(503);
    expect(upstream.wires).toHaveLength(0);
  });

  it('that fails in an unforeseen way is 500, told to the log and not to the client', async () => {
    const { upstream, plane } = await start(() => new Error('secret detail'));
    const answer = await ask(plane.port, head('/', plane.issue()));
    expect(statusOf(answer)).toBe(500);
    expect(only(answer, 'x-wayleave-error')).toBe('internal_error');
    expect(answer.body).not.toContain('secret detail');
    expect(plane.faults.splice(0)).toEqual([new Error('secret detail')]);
    expect(upstream.requests).toEqual([]);
  });
});
