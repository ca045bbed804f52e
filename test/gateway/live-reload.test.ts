import { describe, expect, it } from 'vitest';
import { startDataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const open = routeFixture({ path: '/**', access: { kind: 'public' } });
const closed = routeFixture({ path: '/elsewhere', access: { kind: 'public' } });
const websocket = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const upgrade = lines('GET / HTTP/1.1', 'Host: h', 'Connection: Upgrade', 'Upgrade: websocket', ...websocket);
const switching = lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket');
const get = lines('GET / HTTP/1.1', 'Host: h');
const eventStream = lines('HTTP/1.1 200 OK', 'content-TYPE: Text/Event-Stream; charset=utf-8', 'X: y');

async function start(options: Partial<DataPlaneOptions> = {}) {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], routes: [open], ...options });
  const send = async (text: string) => {
    const number = upstream.wires.length;
    const client = (await dial(plane.port)).send(text);
    const wire = await upstream.wire(number);
    await wire.untilText('\r\n\r\n');
    return { client, wire };
  };
  return { plane, send };
}

describe('a reload that no longer allows it', () => {
  it('ends a WebSocket, with the reason', async () => {
    const { plane, send } = await start();
    const { client, wire } = await send(upgrade);
    wire.send(switching);
    await client.untilText('\r\n\r\n');
    plane.reload({ routes: [closed] });
    await withinASecond(wire.closed, 'the upstream is told');
    await client.untilText('\x03\xf0no_route');
    expect(plane.ended).toEqual(['upgrade no_route']);
  });

  it('ends a stream', async () => {
    const { plane, send } = await start();
    const { client, wire } = await send(get);
    wire.send(`${eventStream}data`);
    await client.untilText('data');
    plane.reload({ routes: [closed] });
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(plane.ended).toEqual(['stream no_route']);
  });

  it('lets a plain request finish', async () => {
    const { plane, send } = await start();
    const { client, wire } = await send(get);
    plane.reload({ routes: [closed] });
    plane.live.sweep();
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 2')).send('ok');
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
    expect(plane.ended).toEqual([]);
  });

  it('ends what becomes a WebSocket or a stream only afterwards', async () => {
    const { plane, send } = await start();
    const stream = await send(get);
    plane.reload({ routes: [closed] });
    stream.wire.send(`${eventStream}data`);
    await withinASecond(stream.client.closed, 'the stream ends');
    expect(plane.ended).toEqual(['stream no_route']);
    const answer = await start();
    const tunnel = await answer.send(upgrade);
    answer.plane.reload({ routes: [closed] });
    expect(statusOf(await withinASecond(new MessageReader(tunnel.client).next('GET'), 'the answer'))).toBe(404);
  });
});

it('a reload that allows it still, by another route, leaves it as it is', async () => {
  const { plane, send } = await start();
  const { client, wire } = await send(upgrade);
  wire.send(switching);
  await client.untilText('\r\n\r\n');
  plane.reload({ routes: [routeFixture({ name: 'other', path: '/**', access: { kind: 'public' } })] });
  plane.live.sweep();
  wire.send('\x81\x02hi');
  await client.untilText('hi');
  client.send('back');
  await wire.untilText('back');
  expect(plane.ended).toEqual([]);
});

it('a change concerns a request under the configuration it began with, and a stream under the newest', async () => {
  const guarded = routeFixture({ path: '/**', access: { kind: 'authenticated' } });
  const asking = { all: ['a'], any: [] };
  const stricter = { ...guarded, access: { kind: 'scopes', byMethod: new Map(), others: asking } as const };
  const { plane, send } = await start({ routes: [guarded] });
  const token = plane.issue();
  const request = lines('GET / HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`);
  const plain = await send(request);
  plane.reload({ routes: [stricter] });
  plane.change(token, () => ({ scopes: ['b'] }));
  await expect.poll(() => plane.lookups.length).toBe(2);
  plain.wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 2')).send('ok');
  expect(statusOf(await new MessageReader(plain.client).next('GET'))).toBe(200);
});
