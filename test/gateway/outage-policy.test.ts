import { describe, expect, it } from 'vitest';
import type { TokenUse } from '../../src/core/token-use.ts';
import { ExchangeLedger, type ExchangeRecorder } from '../../src/gateway/record-exchange.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AccessRecord } from '../../src/observability/access-log.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { statusOf, valuesOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { answerText, ask, lines, startRawUpstream } from '../support/speak-http.ts';

const forged = answerText('HTTP/1.1 200 OK\nX-Wayleave-Stale: 9999', 'ok');

async function start(staleMs: number | undefined) {
  const upstream = await startRawUpstream(forged);
  const asked: number[] = [];
  const scoped = { kind: 'scopes', byMethod: new Map(), others: { all: ['a'], any: ['b', 'c'] } } as const;
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: [
      routeFixture({ name: 'patient', path: '/patient', staleForMs: 30_000 }),
      routeFixture({ name: 'strict', path: '/strict', staleForMs: 0 }),
      routeFixture({ name: 'scoped', path: '/scoped', access: scoped }),
      routeFixture({ name: 'open', path: '/open', access: { kind: 'public' } }),
    ],
    staleness: (staleForMs) => {
      asked.push(staleForMs);
      return staleMs;
    },
  });
  return { plane, asked };
}

const head = (path: string, token: string): string =>
  lines(`GET ${path} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`);

/** What the program would have written and counted of the next exchange. */
async function recorded(plane: DataPlane) {
  const found: { line?: AccessRecord | undefined; stale: string[]; uses: TokenUse[] } = { stale: [], uses: [] };
  const recorder: ExchangeRecorder = {
    accessLog: { write: ([line]) => (found.line = line) },
    counters: {
      answered: () => undefined,
      decided: () => undefined,
      sentOn: () => undefined,
      preflight: () => undefined,
      servedStale: (route) => found.stale.push(route),
    },
    recent: { note: () => undefined },
    usage: { note: (use) => found.uses.push(use) },
    decisions: { note: () => undefined },
    clock: systemClock,
  };
  const ledger = new ExchangeLedger(recorder);
  ledger.note(await plane.nextReport());
  ledger.settle();
  return found;
}

describe('the outage policy of a route', () => {
  it('says for how long a token may be served stale, and never a while for a session of an assumed user', async () => {
    const { plane, asked } = await start(undefined);
    const token = plane.issue();
    const session = plane.issue({ kind: 'ses' });
    await ask(plane.port, head('/patient', token));
    await ask(plane.port, head('/strict', token));
    await ask(plane.port, head('/patient', session));
    await ask(plane.port, head('/.wayleave/whoami', token));
    expect(asked).toEqual([30_000, 0, 0, 0]);
  });

  it.each([
    [0, '1'],
    [1000, '1'],
    [1001, '2'],
    [59_400, '60'],
  ])('shows on the answer that nothing was heard of the token for %i ms', async (staleMs, seconds) => {
    const { plane } = await start(staleMs);
    const answer = await ask(plane.port, head('/patient', plane.issue()));
    expect([statusOf(answer), valuesOf(answer, 'x-wayleave-stale')]).toEqual([200, [seconds]]);
  });

  it('lets no upstream claim it', async () => {
    const { plane } = await start(undefined);
    const token = plane.issue();
    for (const path of ['/patient', '/open']) {
      const answer = await ask(plane.port, head(path, token));
      expect([statusOf(answer), valuesOf(answer, 'x-wayleave-stale')]).toEqual([200, []]);
    }
  });

  it('is counted by route and stands in the access log where it let a request through', async () => {
    const { plane } = await start(5000);
    await ask(plane.port, head('/patient', plane.issue()));
    expect(await recorded(plane)).toMatchObject({ line: { source: 'stale', route: 'patient' }, stale: ['patient'] });
    await ask(plane.port, head('/scoped', plane.issue()));
    expect(await recorded(plane)).toMatchObject({ line: { status: 403 }, stale: [] });
  });
});

describe('the use of a token', () => {
  it('is noted with its route, what that asked for and from where', async () => {
    const { plane } = await start(undefined);
    const use = { tokenId: 'tok_1', address: '127.0.0.1', oldSecretUntil: null };
    await ask(plane.port, head('/patient', plane.issue()));
    expect((await recorded(plane)).uses).toEqual([{ ...use, route: 'patient', scopes: '', outcome: 'allowed' }]);
    await ask(plane.port, head('/scoped', plane.issue()));
    expect((await recorded(plane)).uses).toEqual([{ ...use, route: 'scoped', scopes: 'a b|c', outcome: 'denied' }]);
    await ask(plane.port, head('/patient', plane.issue({ revoked: true })));
    expect((await recorded(plane)).uses).toEqual([{ ...use, route: 'patient', scopes: '', outcome: 'invalid' }]);
  });

  it('is none where no known token was looked at', async () => {
    const { plane } = await start(undefined);
    for (const path of ['/open', '/nowhere', '/patient']) {
      await ask(plane.port, lines(`GET ${path} HTTP/1.1`, 'Host: h'));
      expect((await recorded(plane)).uses).toEqual([]);
    }
  });
});
