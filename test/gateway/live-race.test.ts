import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/core/problem.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const routes = [routeFixture({ path: '/**' })];
/** More turns of the microtask queue than there are between a lookup and the request that goes upstream. */
const turnsMax = 40;
const websocket = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

/** Lets so many turns of the microtask queue pass. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

describe('a revocation between the lookup and the request that goes upstream', () => {
  it.each([
    ['a request', []],
    ['an upload', ['Content-Length: 5']],
    ['an upgrade', ['Connection: Upgrade', 'Upgrade: websocket', ...websocket]],
  ])('is never missed, at whatever moment it comes: %s', async (_what, fields) => {
    const upstream = await answerCalls();
    let afterLookup = (): void => undefined;
    const plane = await startDataPlane({ targets: [upstream.port], routes, afterLookup: () => afterLookup() });
    for (let count = 0; count <= turnsMax; count++) {
      const token = plane.issue({ id: `tok_${count}` });
      afterLookup = () => {
        afterLookup = () => undefined;
        void turns(count).then(() => plane.change(token, () => ({ revoked: true })));
      };
      const request = lines('POST / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`, ...fields);
      const client = await dial(plane.port);
      const reader = new MessageReader(client.send(request.replace('POST', fields.length > 1 ? 'GET' : 'POST')));
      const answer = await withinASecond(reader.next(), `the answer, ${count} turns after the lookup`);
      expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_revoked']);
      client.reset();
    }
    await expect.poll(() => plane.connections()).toBe(0);
    await expect.poll(() => plane.live.counts()).toEqual({ request: 0, stream: 0, upgrade: 0 });
  });

  it('leads to another decision, however often something changes meanwhile', async () => {
    const upstream = await answerCalls();
    let changes = 0;
    const plane = await startDataPlane({
      targets: [upstream.port],
      routes,
      afterLookup: () => void (changes++ < 30 && queueMicrotask(() => plane.live.invalidated(['tok_other']))),
    });
    const token = plane.issue();
    const client = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`));
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    await expect.poll(() => changes).toBeGreaterThan(30);
    plane.change(token, () => ({ revoked: true }));
    const answer = await withinASecond(new MessageReader(client).next('GET'), 'the answer');
    expect(statusOf(answer)).toBe(401);
  });

  it('that comes while an earlier change is judged is judged as well', async () => {
    const upstream = await answerCalls();
    let find = (): void => undefined;
    let found = Promise.resolve();
    const plane = await startDataPlane({ targets: [upstream.port], routes, beforeLookup: () => found });
    const token = plane.issue({ scopes: ['a'] });
    const client = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`));
    await (await upstream.wire(0)).untilText('\r\n\r\n');
    found = new Promise((resolve) => (find = resolve));
    plane.change(token, () => ({ scopes: [] }));
    found = Promise.resolve();
    plane.change(token, () => ({ revoked: true }));
    find();
    const answer = await withinASecond(new MessageReader(client).next('GET'), 'the answer');
    const problem = JSON.parse(answer.body) as Problem;
    expect(problem.code).toBe('token_revoked');
  });
});
