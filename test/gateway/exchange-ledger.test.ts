import { beforeEach, expect, test, vi } from 'vitest';
import { ExchangeLedger } from '../../src/gateway/record-exchange.ts';
import type { ExchangeReport } from '../../src/gateway/passage.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { AccessRecord } from '../../src/observability/access-log.ts';
import { openRoute, startDataPlane } from '../support/data-plane.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { sessionFixture } from '../support/session-fixture.ts';

let report: ExchangeReport;
let bundles: (readonly AccessRecord[])[];
let counted: string[];
let remembered: string[];
let ledger: ExchangeLedger;

beforeEach(async () => {
  const upstream = await startRecordingUpstream();
  const plane = await startDataPlane({ routes: [openRoute()], targets: [upstream.origin] });
  await fetch(`http://127.0.0.1:${plane.port}/devices`);
  report = await plane.nextReport();
  bundles = [];
  counted = [];
  remembered = [];
  ledger = new ExchangeLedger({
    accessLog: { write: (records) => bundles.push(records) },
    counters: {
      answered: (_route, _method, status) => counted.push(`answered ${status}`),
      decided: (denial) => counted.push(`decided ${denial ?? 'allowed'}`),
      servedStale: (route) => counted.push(`stale ${route}`),
      preflight: (route, isGranted) => counted.push(`preflight ${route} ${isGranted}`),
      sentOn: (_upstream, outcome, ms) => counted.push(`${ms === undefined ? 'not sent on' : 'sent on'} ${outcome}`),
    },
    usage: { note: ({ tokenId }) => counted.push(`used ${tokenId}`) },
    decisions: { note: ({ outcome, path }) => counted.push(`remembered ${outcome} ${path}`) },
    recent: { note: ({ requestId }) => remembered.push(requestId) },
    clock: systemClock,
  });
});

test('a line of the access log waits for others, but for no longer than 100 ms', () => {
  vi.useFakeTimers();
  ledger.note(report);
  ledger.note(report);
  expect(bundles).toEqual([]);
  vi.advanceTimersByTime(100);
  vi.useRealTimers();
  expect(bundles.map((records) => records.map(({ path }) => path))).toEqual([['/devices', '/devices']]);
});

test('what waits is bounded', () => {
  for (let count = 0; count < 200; count++) ledger.note(report);
  expect(bundles.map(({ length }) => length)).toEqual([64, 64, 64]);
  ledger.settle();
  expect(bundles.at(-1)).toHaveLength(8);
});

test('an exchange is counted once, with the time at which it closed', () => {
  const before = Date.now() - (performance.now() - report.endedAt);
  ledger.note(report);
  ledger.settle();
  ledger.settle();
  expect(counted).toEqual(['answered 200', 'remembered allowed /devices', 'decided allowed', 'sent on answered']);
  expect(remembered).toEqual([report.origin?.requestId]);
  expect(Math.abs((bundles[0]?.[0]?.time ?? 0) - before)).toBeLessThan(5);
});

test.each([
  ['overloaded', 'overloaded'],
  ['upstream_unavailable', 'unavailable'],
] as const)('a request that no target took, %s, is counted for its upstream, without a duration', (code, outcome) => {
  const exchange = {
    ...report.exchange,
    problem: { code, detail: '' },
    upstreamStartedAt: undefined,
  } as const;
  ledger.note({ ...report, exchange, status: 503 });
  ledger.settle();
  expect(counted).toContain(`not sent on ${outcome}`);
  expect(bundles[0]?.[0]).toMatchObject({ status: 503, code, upstreamMs: undefined });
});

test('of successes one in so many is written and says so, refusals and errors all are, and everything is counted', () => {
  const { runtime } = report;
  const sampling = { ...runtime, config: { ...runtime.config, accessLog: { oneSuccessIn: 10 } } };
  const route = report.decision?.route;
  const denied = {
    kind: 'denied',
    problem: { code: 'insufficient_scope', detail: '' },
    route,
    record: undefined,
  } as const;
  for (let at = 0; at < 40; at++) ledger.note({ ...report, runtime: sampling });
  for (let at = 0; at < 3; at++) ledger.note({ ...report, runtime: sampling, decision: denied, status: 403 });
  for (let at = 0; at < 2; at++) ledger.note({ ...report, runtime: sampling, status: 502 });
  const { decision: allowed } = report;
  if (allowed?.kind !== 'allowed') throw new Error('the exchange was let through');
  for (let at = 0; at < 2; at++) {
    ledger.note({ ...report, runtime: sampling, decision: { ...allowed, record: sessionFixture() } });
  }
  ledger.settle();
  const lines = bundles.flat().map(({ status, decision, reason, oneIn }) => ({ status, decision, reason, oneIn }));
  const success = { status: 200, decision: 'allowed', reason: undefined, oneIn: 10 };
  const refusal = { status: 403, decision: 'denied', reason: 'insufficient_scope', oneIn: undefined };
  const failure = { status: 502, decision: 'allowed', reason: undefined, oneIn: undefined };
  const assumed = { ...success, oneIn: undefined };
  const refusals = [refusal, refusal, refusal];
  expect(lines).toEqual([success, success, success, success, ...refusals, failure, failure, assumed, assumed]);
  expect(counted.filter((what) => what.startsWith('answered'))).toHaveLength(47);
});
