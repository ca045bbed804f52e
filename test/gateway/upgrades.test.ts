import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Route } from '../../src/core/route.ts';
import { openRoute, startDataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { freePort } from '../support/free-port.ts';
import { only, readMessage, statusOf, valuesOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { withinASecond } from '../support/settled.ts';
import { answerText, lines, MessageReader, startRawUpstream } from '../support/speak-http.ts';
import { answerCalls, dial, type Wire } from '../support/wire.ts';

const webSocket = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];
const handshake = lines('GET /ws HTTP/1.1', 'Host: h', ...webSocket);
const switching = (protocol = 'websocket', ...fields: string[]): string =>
  lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${protocol}`, ...fields);

async function begin(text = handshake, options: Partial<DataPlaneOptions> = {}) {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], ...options });
  const client = (await dial(plane.port)).send(text);
  return { upstream, plane, client };
}

const timeouts = (given: Partial<Route['timeouts']>): Route =>
  openRoute({ timeouts: { connectMs: 2000, responseMs: 30_000, idleMs: 60_000, ...given } });

describe('an upgrade', () => {
  it("is offered with what the client sent, but for what is the gateway's to say", async () => {
    const fields = [
      'X-z: 1',
      'Connection: X-Named',
      'X-Named: 1',
      'TE: trailers',
      'Trailer: x',
      'Cookie: wayleave_console=s; a=1',
    ];
    const { upstream } = await begin(
      lines('GET /ws HTTP/1.1', 'Host: h', ...webSocket, ...fields, 'X-Auth-User: root', 'X-z: 2'),
    );
    const request = await new MessageReader(await upstream.wire(0)).next();
    expect(only(request, 'connection')).toBe('Upgrade');
    expect(only(request, 'upgrade')).toBe('websocket');
    expect(valuesOf(request, 'x-z')).toEqual(['1', '2']);
    expect(only(request, 'cookie')).toBe('a=1');
    for (const gone of ['x-named', 'te', 'trailer', 'x-auth-user']) expect(valuesOf(request, gone)).toEqual([]);
    expect(only(request, 'via')).toBe('1.1 wayleave');
    expect(only(request, 'host')).toBe('h');
  });

  it("is answered with what the upstream said, but for what is the gateway's to say", async () => {
    const { upstream, client } = await begin();
    const fields = [
      'Sec-WebSocket-Accept: x',
      'Set-Cookie: a=1',
      'Set-Cookie: wayleave_console=evil',
      'X-Auth-User: root',
      'Keep-Alive: 1',
    ];
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(switching('websocket', ...fields));
    const answer = await new MessageReader(client).next();
    expect(answer.startLine).toBe('HTTP/1.1 101 Switching Protocols');
    expect(only(answer, 'upgrade')).toBe('websocket');
    expect(only(answer, 'connection')).toBe('Upgrade');
    expect(only(answer, 'sec-websocket-accept')).toBe('x');
    expect(valuesOf(answer, 'set-cookie')).toEqual(['a=1']);
    expect(only(answer, 'x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    for (const gone of ['x-auth-user', 'keep-alive']) expect(valuesOf(answer, gone)).toEqual([]);
  });

  it.each(['GET', 'POST', 'OPTIONS', 'DELETE'])('to any protocol, by %s, becomes a tunnel of bytes', async (method) => {
    const { upstream, client } = await begin(
      lines(`${method} /x HTTP/1.1`, 'Host: h', 'Connection: upgrade', 'Upgrade: Foo/2'),
    );
    const wire = await upstream.wire(0);
    const request = new MessageReader(wire);
    const offered = await request.next();
    expect(only(offered, 'upgrade')?.toLowerCase()).toBe('foo/2');
    expect(valuesOf(offered, 'transfer-encoding')).toEqual([]);
    wire.send(`${switching('foo/2')}\x00first`);
    const answer = new MessageReader(client);
    await answer.next();
    await client.untilText('\x00first');
    client.send('\xff\x00second');
    await wire.untilText('second');
    expect(request.rest).toBe('\xff\x00second');
    expect(answer.rest).toBe('\x00first');
  });

  it('of a list of protocols may be answered with one of them', async () => {
    const { upstream, client } = await begin(
      lines('GET /x HTTP/1.1', 'Host: h', 'Connection: upgrade', 'Upgrade: foo, bar'),
    );
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(switching('bar'));
    expect(only(await new MessageReader(client).next(), 'upgrade')).toBe('bar');
  });

  it.each([
    ['another protocol', switching('other')],
    ['none', lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade')],
    ['one that Connection does not name', lines('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket')],
  ])('that the upstream takes for %s fails with 502', async (_, text) => {
    const { upstream, client } = await begin();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(text);
    const answer = await new MessageReader(client).next();
    expect(statusOf(answer)).toBe(502);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_invalid_response');
    await Promise.all([client.closed, wire.closed]);
  });

  it('keeps back what the client sends too early until the upstream has agreed', async () => {
    const { upstream, client } = await begin(`${handshake}early`);
    client.send(' and more');
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    await delay(100);
    expect(wire.text).not.toContain('early');
    wire.send(switching());
    await wire.untilText('early and more');
  });

  it('throws away what the client sent too early when the upstream refuses', async () => {
    const early = lines('GET /admin HTTP/1.1', 'Host: h');
    const upstream = await startRawUpstream(answerText('HTTP/1.1 426 Upgrade Required', 'no'));
    const plane = await startDataPlane({ targets: [upstream.port] });
    const client = (await dial(plane.port)).send(handshake + early);
    expect(statusOf(await new MessageReader(client).next())).toBe(426);
    await client.closed;
    expect(upstream.requests).toHaveLength(1);
  });

  it('to HTTP/2 is no upgrade but a plain request', async () => {
    const upstream = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'x'.repeat(4 * 1024 * 1024)));
    const plane = await startDataPlane({ targets: [upstream.port] });
    const fields = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'];
    const client = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h', ...fields));
    const answer = await new MessageReader(client).next();
    expect(statusOf(answer)).toBe(200);
    expect(answer.body).toHaveLength(4 * 1024 * 1024);
    const [request] = upstream.requests;
    for (const gone of ['upgrade', 'http2-settings']) expect(request && valuesOf(request, gone)).toEqual([]);
    await client.closed;
  });
});

describe('an upgrade that is refused', () => {
  it.each([
    ['with a body of known length', lines('HTTP/1.1 403 Forbidden', 'Content-Length: 4', 'X: 1') + 'nope'],
    [
      'with a body in chunks',
      `${lines('HTTP/1.1 403 Forbidden', 'Transfer-Encoding: chunked', 'X: 1')}4\r\nnope\r\n0\r\n\r\n`,
    ],
  ])('by the upstream %s is relayed whole, and both connections end', async (_, text) => {
    const { upstream, client, plane } = await begin();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(text);
    const answer = await new MessageReader(client).next();
    expect(answer).toMatchObject({ startLine: 'HTTP/1.1 403 Forbidden', body: 'nope' });
    expect(only(answer, 'x')).toBe('1');
    expect(only(answer, 'connection')).toBe('close');
    await Promise.all([client.closed, withinASecond(wire.closed, 'the upstream connection is let go')]);
    expect((await plane.nextReport()).status).toBe(403);
  });

  it('by the upstream at length reaches a client that reads slowly', async () => {
    const size = 4 * 1024 * 1024;
    const { upstream, client } = await begin();
    client.socket.pause();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(answerText('HTTP/1.1 403 Forbidden', 'x'.repeat(size)));
    await delay(300);
    client.socket.resume();
    expect((await new MessageReader(client).next()).body).toHaveLength(size);
  });

  it.each(['099', '600', '999'])('by the upstream with the status %s is 502', async (status) => {
    const { upstream, client } = await begin();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(answerText(`HTTP/1.1 ${status} Odd`, 'x'));
    expect(statusOf(await new MessageReader(client).next())).toBe(502);
    await wire.closed;
  });

  it('by an upstream that then falls silent is cut off after the idle time', async () => {
    const { upstream, client } = await begin(handshake, { routes: [timeouts({ idleMs: 300 })] });
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(`${lines('HTTP/1.1 403 Forbidden', 'Content-Length: 9')}half`);
    await client.untilText('half');
    await Promise.all([client.closed, wire.closed]);
    expect(readMessage(client.text, { ended: true }).kind).toBe('partial');
  });

  it.each([
    ['for want of a token', routeFixture({ path: '/**' }), handshake, 401],
    ['for want of a key', openRoute(), lines('GET /ws HTTP/1.1', 'Host: h', ...webSocket.slice(0, 3)), 400],
    ['for another version', openRoute(), handshake.replace('Version: 13', 'Version: 12'), 426],
    ['for its path', openRoute(), handshake.replace('/ws', '//ws'), 400],
    ['for its method', openRoute({ methods: ['POST'] }), handshake, 405],
    ['for its body', openRoute(), handshake.replace('\r\n\r\n', '\r\nContent-Length: 3\r\n\r\nabc'), 400],
  ])('%s gets a problem document, and the upstream hears nothing', async (_, route, text, status) => {
    const { upstream, client, plane } = await begin(text, { routes: [route] });
    const answer = await new MessageReader(client).next();
    expect(statusOf(answer)).toBe(status);
    expect(only(answer, 'content-type')).toBe('application/problem+json');
    await withinASecond(client.closed, 'the connection ends');
    expect(upstream.wires).toHaveLength(0);
    expect((await plane.nextReport()).status).toBe(status);
  });

  it('because the upstream is not there is 502', async () => {
    const plane = await startDataPlane({ targets: [await freePort()] });
    const answer = await new MessageReader((await dial(plane.port)).send(handshake)).next();
    expect(statusOf(answer)).toBe(502);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_unreachable');
  });

  it('because the upstream does not answer in time is 504', async () => {
    const { upstream, client } = await begin(handshake, { routes: [timeouts({ responseMs: 300, connectMs: 100 })] });
    const answer = await new MessageReader(client).next();
    expect(statusOf(answer)).toBe(504);
    expect(only(answer, 'x-wayleave-error')).toBe('upstream_timeout');
    await (
      await upstream.wire(0)
    ).closed;
  });
});

describe('several targets', () => {
  it('may be dead: the next one gets the upgrade', async () => {
    const upstream = await answerCalls(
      (wire) => void wire.untilText('\r\n\r\n').then(() => wire.send(`${switching()}hi`)),
    );
    const plane = await startDataPlane({ targets: [await freePort(), upstream.port] });
    for (let turn = 0; turn < 3; turn++) {
      expect(await (await dial(plane.port)).send(handshake).untilText('hi')).toMatch(/^HTTP\/1\.1 101 /);
    }
  });
});

describe('an upgrade sent behind a request that is not answered yet', () => {
  it('does not harm the gateway', async () => {
    const { plane, client } = await begin(lines('GET /slow HTTP/1.1', 'Host: h') + handshake);
    await client.closed;
    const alive = await new MessageReader(
      (await dial(plane.port)).send(lines('GET /.wayleave/healthz HTTP/1.1', 'Host: h')),
    ).next();
    expect(statusOf(alive)).toBe(200);
  });
});

/** Both ends of an open tunnel. */
async function tunnel(): Promise<{ client: Wire; wire: Wire; plane: Awaited<ReturnType<typeof begin>>['plane'] }> {
  const { upstream, client, plane } = await begin();
  const wire = await upstream.wire(0);
  await wire.untilText('\r\n\r\n');
  wire.send(switching());
  await client.untilText('\r\n\r\n');
  return { client, wire, plane };
}

describe('a tunnel', () => {
  it('is reported once, as 101', async () => {
    const { client, plane } = await tunnel();
    expect(plane.reports).toEqual([]);
    client.reset();
    expect((await plane.nextReport()).status).toBe(101);
    await delay(50);
    expect(plane.reports).toHaveLength(1);
  });

  it('is not cut for being idle, nor by any time of its route', async () => {
    const limits = { keepAliveMs: 100, headerTimeoutMs: 100, bodyIdleMs: 100 };
    const routes = [timeouts({ idleMs: 100, responseMs: 100, connectMs: 100 })];
    const { upstream, client } = await begin(handshake, { limits, routes });
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(switching());
    await client.untilText('\r\n\r\n');
    await delay(2000);
    client.send('still here');
    await wire.untilText('still here');
    wire.send('so am I');
    expect(await client.untilText('so am I')).toMatch(/so am I$/);
  });
});
