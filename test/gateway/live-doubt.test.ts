import { describe, expect, it } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { Route } from '../../src/core/route.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const websocket = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', ...websocket];
const switching = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket');

async function start(route: Partial<Route> = {}) {
  const store = { failure: undefined as Error | undefined, ageMs: 0 };
  const upstream = await answerCalls();
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: [routeFixture({ path: '/**', staleForMs: 60_000, ...route })],
    beforeLookup: async () => {
      if (store.failure !== undefined) throw store.failure;
    },
    freshness: {
      ageMs: () => store.ageMs,
      get current() {
        return store.ageMs < 2500;
      },
    },
  });
  const token = plane.issue();
  const authorization = `Authorization: Bearer ${token}`;
  const tunnel = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h', authorization, ...upgrade));
  (await upstream.wire(0)).send(switching);
  await tunnel.untilText('\r\n\r\n');
  const waiting = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h', authorization));
  await (await upstream.wire(1)).untilText('\r\n\r\n');
  return { store, plane, token, tunnel, answer: () => new MessageReader(waiting).next('GET') };
}

describe('while this node cannot tell what has changed', () => {
  it("what is under way goes on for the route's time", async () => {
    const { store, plane } = await start();
    store.failure = new StoreUnavailable('down');
    store.ageMs = 59_999;
    plane.live.sweep();
    expect(plane.lookups).toHaveLength(2);
    expect(plane.ended).toEqual([]);
  });

  it.each([
    ['that time', {}, 60_001],
    ['no time, where the route grants none', { staleForMs: 0 }, 2500],
  ])('what is under way ends after %s, when the store does not answer either', async (_what, route, ageMs) => {
    const { store, tunnel, answer } = await start(route);
    store.failure = new StoreUnavailable('down');
    store.ageMs = ageMs;
    const refusal = await withinASecond(answer(), 'the answer');
    expect([statusOf(refusal), only(refusal, 'x-wayleave-error')]).toEqual([503, 'store_unavailable']);
    expect(only(refusal, 'retry-after')).toBe('1');
    // 1013: try again later (IANA's registry of close codes).
    await tunnel.untilText('\x88\x13\x03\xf5store_unavailable');
  });

  it('what is under way goes on when the store itself says so, and is asked about each second', async () => {
    const { store, plane, token } = await start();
    store.ageMs = 60_001;
    await expect.poll(() => plane.lookups.length, { timeout: 5000 }).toBeGreaterThanOrEqual(6);
    expect(plane.ended).toEqual([]);
    plane.change(token, () => ({ revoked: true }));
    await expect.poll(() => plane.ended.toSorted()).toEqual(['request token_revoked', 'upgrade token_revoked']);
  });
});

describe('when something has changed about a token and the store cannot say what', () => {
  it('what is under way by it ends, for it may have been revoked', async () => {
    const { store, plane, token, answer } = await start();
    store.failure = new StoreUnavailable('down');
    plane.change(token, () => ({ scopes: [] }));
    expect(statusOf(await withinASecond(answer(), 'the answer'))).toBe(503);
    expect(plane.ended.toSorted()).toEqual(['request store_unavailable', 'upgrade store_unavailable']);
  });

  it('and fails in an unforeseen way, it ends too, and the log is told', async () => {
    const { store, plane, token, answer } = await start();
    store.failure = new Error('secret detail');
    plane.change(token, () => ({ scopes: [] }));
    const refusal = await withinASecond(answer(), 'the answer');
    expect(only(refusal, 'x-wayleave-error')).toBe('internal_error');
    expect(refusal.body).not.toContain('secret detail');
    expect(plane.faults.splice(0)).toEqual([new Error('secret detail'), new Error('secret detail')]);
  });
});

describe('when changes have been missed', () => {
  it('everything under way is judged again', async () => {
    const { plane, token, answer } = await start();
    const other = plane.issue();
    plane.change(other, () => ({}));
    await expect.poll(() => plane.lookups.length).toBe(4);
    expect(plane.ended).toEqual([]);
    plane.live.missedChanges();
    await expect.poll(() => plane.lookups.length).toBe(6);
    expect(plane.ended).toEqual([]);
    plane.change(token, () => ({ disabled: true }));
    expect(only(await withinASecond(answer(), 'the answer'), 'x-wayleave-error')).toBe('token_disabled');
  });
});
