import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { RawToken } from '../../src/core/token.ts';
import { onCleanup } from '../support/cleanup.ts';
import { localhostCertificate } from '../support/certificate.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { settled, withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial, type Wire } from '../support/wire.ts';

const routes = [routeFixture({ path: '/**' })];
const revoke = (): { revoked: true } => ({ revoked: true });

/** A close frame of the gateway's own: code 1008 and the reason. */
const closed = (reason: string): string => `\x88${String.fromCharCode(2 + reason.length)}\x03\xf0${reason}`;

function handshake(token: RawToken, protocol = 'websocket'): string {
  const fields = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  const upgrade = ['Connection: Upgrade', `Upgrade: ${protocol}`, ...fields];
  return lines('GET /ws?x=1 HTTP/1.1', 'Host: h', `Authorization: Bearer ${token}`, ...upgrade);
}

const switching = (protocol = 'websocket'): string =>
  lines('HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${protocol}`);

interface Tunnel {
  readonly plane: DataPlane;
  readonly token: RawToken;
  readonly client: Wire;
  readonly wire: Wire;
  /** What has reached the client through it. */
  arrived(): string;
}

/** A tunnel over which any bytes can be sent. */
async function open(protocol = 'websocket', behindHead = ''): Promise<Tunnel> {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], routes });
  const token = plane.issue();
  const client = (await dial(plane.port)).send(handshake(token, protocol));
  const wire = await upstream.wire(0);
  await wire.untilText('\r\n\r\n');
  wire.send(switching(protocol) + behindHead);
  const head = (await client.untilText('\r\n\r\n')).indexOf('\r\n\r\n') + 4;
  return { plane, token, client, wire, arrived: () => client.text.slice(head) };
}

async function startEcho(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  onCleanup(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function connectTo(plane: DataPlane, token: RawToken, options: { ca?: string } = {}): Promise<WebSocket> {
  const scheme = options.ca === undefined ? 'ws' : 'wss';
  const headers = { authorization: `Bearer ${token}` };
  const client = new WebSocket(`${scheme}://localhost:${plane.port}/ws`, { headers, ...options, family: 4 });
  onCleanup(() => client.terminate());
  await once(client, 'open');
  return client;
}

describe('a WebSocket whose token is revoked', () => {
  it.each([
    ['', undefined],
    [' over TLS', localhostCertificate],
  ])('is closed with 1008 and the reason%s', async (_how, tls) => {
    const plane = await startDataPlane({ targets: [await startEcho()], routes, ...(tls && { tls }) });
    const token = plane.issue();
    const client = await connectTo(plane, token, tls && { ca: tls.cert });
    client.send('hello');
    await once(client, 'message');
    const close = once(client, 'close');
    plane.change(token, revoke);
    expect((await withinASecond(close, 'the close frame')).map(String)).toEqual(['1008', 'token_revoked']);
    const report = await withinASecond(plane.nextReport(), 'the end is reported');
    expect([report.status, report.exchange.problem?.code]).toEqual([101, 'token_revoked']);
    expect(plane.ended).toEqual(['upgrade token_revoked']);
    await expect.poll(() => plane.connections()).toBe(0);
  });

  it('is closed although it is one of two hundred, and those of another token stay', async () => {
    const plane = await startDataPlane({ targets: [await startEcho()], routes });
    const owner = { id: 'usr_2', username: 'bob', kind: 'human', status: 'active', roles: [] } as const;
    const organization = { id: 'org_2', slug: 'globex', status: 'active' } as const;
    const [token, other] = [plane.issue(), plane.issue({ id: 'tok_2', owner: { ...owner, organization } })];
    const clients = await Promise.all(Array.from({ length: 200 }, () => connectTo(plane, token)));
    const others = await Promise.all(Array.from({ length: 20 }, () => connectTo(plane, other)));
    const closes = clients.map((client) => once(client, 'close'));
    plane.change(token, revoke);
    const ends = await withinASecond(Promise.all(closes), 'every one is closed');
    expect(new Set(ends.map((end) => end.map(String).join(' ')))).toEqual(new Set(['1008 token_revoked']));
    expect(plane.live.counts()).toEqual({ request: 0, stream: 0, upgrade: 20 });
    for (const client of others) {
      client.send('still there');
      expect(String((await once(client, 'message'))[0])).toBe('still there');
    }
  });

  it('is closed behind what its upstream has sent with its 101', async () => {
    const tunnel = await open('websocket', '\x81\x02hi');
    await tunnel.client.untilText('hi');
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(tunnel.wire.closed, 'the upstream is told');
    await tunnel.client.untilText('token_revoked');
    expect(tunnel.arrived()).toBe(`\x81\x02hi${closed('token_revoked')}`);
    tunnel.client.socket.end();
    await withinASecond(tunnel.client.closed, 'the client is let go');
  });

  it('never gets a frame into the middle of a frame, wherever that was cut', async () => {
    const frame = '\x81\x7e\x00\x80';
    for (let sent = 1; sent <= frame.length; sent++) {
      const tunnel = await open();
      tunnel.wire.send(`\x81\x02hi${frame.slice(0, sent)}`);
      await expect.poll(() => tunnel.arrived().length).toBe(4 + sent);
      tunnel.plane.change(tunnel.token, revoke);
      await withinASecond(Promise.all([tunnel.client.closed, tunnel.wire.closed]), 'both ends are closed');
      expect(tunnel.arrived()).toBe(`\x81\x02hi${frame.slice(0, sent)}`);
    }
  });

  it('gets no second close frame when its upstream has sent one', async () => {
    const tunnel = await open();
    tunnel.wire.send('\x88\x02\x03\xe8');
    await expect.poll(() => tunnel.arrived().length).toBe(4);
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(Promise.all([tunnel.client.closed, tunnel.wire.closed]), 'both ends are closed');
    expect(tunnel.arrived()).toBe('\x88\x02\x03\xe8');
  });

  it('is torn down when its client does not read', async () => {
    const tunnel = await open();
    tunnel.client.socket.pause();
    const frame = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0x10, 0]), Buffer.alloc(4096)]);
    tunnel.wire.send(Buffer.concat(Array.from({ length: 8192 }, () => frame)));
    await settled(() => tunnel.wire.socket.bytesWritten - tunnel.wire.socket.writableLength);
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(Promise.all([tunnel.wire.closed, tunnel.plane.nextReport()]), 'the gateway lets go of both');
    expect(tunnel.plane.ended).toEqual(['upgrade token_revoked']);
  });

  it('passes nothing on of what its client still sends, and does not wait for it for ever', async () => {
    const tunnel = await open();
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(tunnel.wire.closed, 'the upstream is told');
    const sending = setInterval(() => tunnel.client.send('more'), 50);
    await tunnel.client.untilText('token_revoked');
    await tunnel.client.closed;
    clearInterval(sending);
    expect(tunnel.wire.text).not.toContain('more');
    await tunnel.plane.nextReport();
  });

  it('is torn down when its client has been reset already', async () => {
    const tunnel = await open();
    tunnel.client.reset();
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(Promise.all([tunnel.wire.closed, tunnel.plane.nextReport()]), 'nothing is left');
    expect(tunnel.plane.live.ofToken('tok_1')).toEqual([]);
  });
});

describe('another upgrade whose token is revoked', () => {
  it('is torn down, and nothing is put into its bytes', async () => {
    const tunnel = await open('bytes');
    tunnel.wire.send('hello');
    await tunnel.client.untilText('hello');
    tunnel.plane.change(tunnel.token, revoke);
    await withinASecond(Promise.all([tunnel.client.closed, tunnel.wire.closed]), 'both ends are closed');
    expect(tunnel.arrived()).toBe('hello');
    const report = await tunnel.plane.nextReport();
    expect([report.exchange.bytesIn, report.exchange.bytesOut]).toEqual([0, 5]);
  });

  it('gets the refusal while its upstream has not answered', async () => {
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port], routes });
    const token = plane.issue();
    const client = (await dial(plane.port)).send(handshake(token));
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    plane.change(token, revoke);
    const answer = await withinASecond(new MessageReader(client).next('GET'), 'the answer');
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_revoked']);
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
  });

  it('is cut off while its upstream refuses it at length', async () => {
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port], routes });
    const token = plane.issue();
    const client = (await dial(plane.port)).send(handshake(token));
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(`${lines('HTTP/1.1 403 Forbidden', 'Transfer-Encoding: chunked')}4\r\nnope\r\n`);
    await client.untilText('nope');
    plane.change(token, revoke);
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(client.text).not.toMatch(/0\r\n\r\n$/);
  });
});
