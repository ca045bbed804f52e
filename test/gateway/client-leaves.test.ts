import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { readMessage } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { lines } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: h');
const partOfAnswer = `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`;

async function start(): Promise<{ upstream: Switchboard; plane: DataPlane }> {
  const upstream = await answerCalls();
  return {
    upstream,
    plane: await startDataPlane({ targets: [upstream.port], routes: [openRoute({ maxBodyBytes: Infinity })] }),
  };
}

const leaves: [string, (wire: Wire) => void][] = [
  ['ends its connection', (wire) => void wire.socket.end()],
  ['resets its connection', (wire) => wire.reset()],
];

describe.each(leaves)('a client that %s frees the upstream request', (_, leave) => {
  it('before the answer', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get);
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    leave(client);
    await withinASecond(wire.closed, 'the upstream is told');
    expect((await plane.nextReport()).status).toBeUndefined();
  });

  it('in the middle of the answer', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get);
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(partOfAnswer);
    await client.untilText('hello');
    leave(client);
    await withinASecond(wire.closed, 'the upstream is told');
    expect((await plane.nextReport()).status).toBe(200);
  });

  it('in the middle of an answer that it does not read', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get);
    client.socket.pause();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 99999999')).send(Buffer.alloc(32 * 1024 * 1024));
    await expect.poll(() => wire.socket.writableLength > 0).toBe(true);
    await delay(100);
    if (leave === leaves[0]?.[1]) client.socket.destroy();
    else leave(client);
    await withinASecond(wire.closed, 'the upstream is told');
  });

  it.each([
    ['of known length', `${lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 99')}abc`],
    ['in chunks', `${lines('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}3\r\nabc\r\n`],
  ])('in the middle of its body %s, which never looks complete', async (_framing, text) => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(text);
    const wire = await upstream.wire(0);
    await wire.untilText('abc');
    leave(client);
    await withinASecond(wire.closed, 'the upstream is told');
    expect(readMessage(wire.text).kind).toBe('partial');
    await plane.nextReport();
  });

  it('and makes nothing of what it had sent ahead', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get.repeat(3));
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(partOfAnswer);
    await client.untilText('hello');
    leave(client);
    await withinASecond(wire.closed, 'the upstream is told');
    await plane.nextReport();
    await delay(100);
    // undici connects anew after an abort, without a request.
    expect(heads(upstream)).toBe(1);
  });

  it('while its token is being looked up: nothing goes upstream', async () => {
    const upstream = await answerCalls();
    let find = (): void => undefined;
    const found = new Promise<void>((resolve) => (find = resolve));
    const routes = [routeFixture({ path: '/**' })];
    const plane = await startDataPlane({ targets: [upstream.port], routes, beforeLookup: () => found });
    const token = plane.issue();
    for (const body of ['', 'Content-Length: 5', 'Transfer-Encoding: chunked']) {
      const lookups = plane.lookups.length;
      const fields = [`Authorization: Bearer ${token}`, ...(body === '' ? [] : [body])];
      const client = (await dial(plane.port)).send(lines('POST / HTTP/1.1', 'Host: h', ...fields));
      await expect.poll(() => plane.lookups.length).toBe(lookups + 1);
      leave(client);
      await client.closed;
      await withinASecond(plane.nextReport(), 'the end is noticed');
    }
    find();
    await delay(100);
    expect(heads(upstream)).toBe(0);
  });
});

describe('a client that leaves', () => {
  it('a thousand times leaves no connection behind', async () => {
    const { upstream, plane } = await start();
    for (let round = 0; round < 20; round++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => dial(plane.port)));
      for (const client of clients) client.send(get);
      await expect.poll(() => heads(upstream)).toBe((round + 1) * 50);
      for (const client of clients) client.reset();
    }
    const stillWaiting = (): number => upstream.wires.filter((wire) => wire.bytes > 0 && !wire.socket.closed).length;
    await expect.poll(stillWaiting).toBe(0);
    expect(await plane.connections()).toBe(0);
    await expect.poll(() => plane.reports.length).toBe(1000);
  });
});

function heads(upstream: Switchboard): number {
  return upstream.wires.reduce((sum, wire) => sum + wire.text.split('\r\n\r\n').length - 1, 0);
}
