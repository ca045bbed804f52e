import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const routes = [routeFixture({ path: '/**' })];
const eventStream = lines('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Transfer-Encoding: chunked');
const soonMs = 300;

async function start(given: (atMs: number) => Partial<TokenRecord>) {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], routes });
  const atMs = systemClock.now() + soonMs;
  const token = plane.issue(given(atMs));
  const request = lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`);
  return { upstream, plane, atMs, request };
}

function expectInTime(atMs: number): void {
  const lateMs = systemClock.now() - atMs;
  expect(lateMs).toBeGreaterThanOrEqual(0);
  expect(lateMs).toBeLessThan(1000);
}

describe.each<[string, (atMs: number) => Partial<TokenRecord>]>([
  ['a token that expires', (atMs) => ({ expiresAt: atMs })],
  ['a secret at the end of its overlap', (atMs) => ({ expiresAt: atMs + 60_000, secretExpiresAt: atMs })],
])('%s takes with it, within a second and without traffic,', (_what, given) => {
  it('an event stream', async () => {
    const { upstream, plane, atMs, request } = await start(given);
    const client = (await dial(plane.port)).send(request);
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(`${eventStream}7\r\ndata: 1\r\n`);
    await Promise.all([client.closed, wire.closed]);
    expectInTime(atMs);
    expect(client.text).toContain('data: 1');
    expect(plane.ended).toEqual(['stream token_expired']);
    // What memory and the store say is not asked for what the clock alone decides.
    expect(plane.lookups).toHaveLength(1);
  });

  it('a request that waits for its answer', async () => {
    const { plane, atMs, request } = await start(given);
    const client = (await dial(plane.port)).send(request);
    const answer = await new MessageReader(client).next('GET');
    expectInTime(atMs);
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_expired']);
  });
});

it('a token whose expiry is brought forward ends when it says now', async () => {
  const { plane, atMs, request } = await start((at) => ({ expiresAt: at + 3_600_000 }));
  const client = (await dial(plane.port)).send(request);
  await expect.poll(() => plane.live.counts().request).toBe(1);
  plane.live.invalidated(['tok_other']);
  const token = /Bearer (\S+)/.exec(request)?.[1] as Parameters<typeof plane.change>[0];
  plane.change(token, () => ({ expiresAt: atMs }));
  const answer = await new MessageReader(client).next('GET');
  expectInTime(atMs);
  expect(only(answer, 'x-wayleave-error')).toBe('token_expired');
});
