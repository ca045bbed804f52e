import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { localhostCertificate } from '../support/certificate.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { routeFixture } from '../support/route-fixture.ts';

interface Echo {
  readonly port: number;
  readonly handshakes: readonly IncomingMessage[];
  readonly sockets: readonly WebSocket[];
}

async function startEcho(): Promise<Echo> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (offered) => [...offered][1] ?? false,
  });
  await once(server, 'listening');
  const handshakes: IncomingMessage[] = [];
  const sockets: WebSocket[] = [];
  server.on('connection', (socket, handshake) => {
    handshakes.push(handshake);
    sockets.push(socket);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  onCleanup(() => {
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, handshakes, sockets };
}

async function open(options: { protocols?: string[]; headers?: Record<string, string>; origin?: string } = {}) {
  const echo = await startEcho();
  const plane: DataPlane = await startDataPlane({ targets: [echo.port], routes: [routeFixture({ path: '/ws/**' })] });
  const { protocols = [], headers = {}, origin } = options;
  const client = new WebSocket(`ws://127.0.0.1:${plane.port}/ws/room?x=1`, protocols, {
    headers: { authorization: `Bearer ${plane.issue()}`, ...headers },
    ...(origin !== undefined && { origin }),
  });
  onCleanup(() => client.terminate());
  await once(client, 'open');
  return { echo, plane, client };
}

async function echoed(client: WebSocket, data: string | Buffer): Promise<{ data: Buffer; isBinary: boolean }> {
  client.send(data);
  const [answer, isBinary] = (await once(client, 'message')) as [Buffer, boolean];
  return { data: answer, isBinary };
}

describe('a WebSocket', () => {
  it('carries text and binary messages both ways, of any size', async () => {
    const { client } = await open();
    expect(await echoed(client, 'grüße')).toEqual({ data: Buffer.from('grüße'), isBinary: false });
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024]) {
      const data = randomBytes(size);
      const answer = await echoed(client, data);
      expect(answer.isBinary).toBe(true);
      expect(answer.data.equals(data)).toBe(true);
    }
  });

  it('carries fragments', async () => {
    const { client } = await open();
    client.send('one, ', { fin: false });
    client.send('two, ', { fin: false });
    client.send('three');
    expect(String((await once(client, 'message'))[0])).toBe('one, two, three');
  });

  it('carries pings and pongs from both ends', async () => {
    const { client, echo } = await open();
    client.ping('from the client');
    expect(String((await once(client, 'pong'))[0])).toBe('from the client');
    const answered = echo.sockets.map((socket) => once(socket, 'pong'));
    for (const socket of echo.sockets) socket.ping('from the upstream');
    expect(String((await once(client, 'ping'))[0])).toBe('from the upstream');
    expect((await Promise.all(answered)).flat().map(String)).toEqual(['from the upstream']);
  });

  it.each([1000, 1001, 3000, 4999])("carries the client's close code %d and the reason", async (code) => {
    const { client, echo } = await open();
    const closed = echo.sockets.map((socket) => once(socket, 'close'));
    client.close(code, 'that is why');
    await once(client, 'close');
    expect((await Promise.all(closed)).flat().map(String)).toEqual([String(code), 'that is why']);
  });

  it.each([1000, 1011, 4000])("carries the upstream's close code %d and the reason", async (code) => {
    const { client, echo } = await open();
    echo.sockets[0]?.close(code, 'that is why');
    expect((await once(client, 'close')).map(String)).toEqual([String(code), 'that is why']);
  });

  it('is offered with its origin, its protocols and the identity of its client', async () => {
    const { client, echo } = await open({
      protocols: ['one', 'two'],
      origin: 'https://console.example',
      headers: { 'X-Auth-User': 'root', x_auth_user: 'root', 'X-Other': '1' },
    });
    expect(client.protocol).toBe('two');
    const [handshake] = echo.handshakes;
    expect(handshake?.url).toBe('/ws/room?x=1');
    expect(handshake?.headers).toMatchObject({
      origin: 'https://console.example',
      'x-auth-user': 'usr_1',
      'x-other': '1',
      upgrade: 'websocket',
      connection: 'Upgrade',
    });
    expect(handshake?.headers).not.toHaveProperty('authorization');
    expect(handshake?.headers).not.toHaveProperty('x_auth_user');
    expect(handshake?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries messages over TLS', async () => {
    const echo = await startEcho();
    const plane = await startDataPlane({ targets: [echo.port], tls: localhostCertificate });
    const client = new WebSocket(`wss://localhost:${plane.port}/ws`, { ca: localhostCertificate.cert });
    onCleanup(() => client.terminate());
    await once(client, 'open');
    const data = randomBytes(300_000);
    expect((await echoed(client, data)).data.equals(data)).toBe(true);
    expect(echo.handshakes[0]?.headers['x-forwarded-proto']).toBe('https');
  });

  it('without a token is refused before the upstream hears of it', async () => {
    const echo = await startEcho();
    const plane = await startDataPlane({ targets: [echo.port], routes: [routeFixture({ path: '/**' })] });
    const client = new WebSocket(`ws://127.0.0.1:${plane.port}/ws`);
    const [error] = (await once(client, 'error')) as [Error];
    expect(error.message).toBe('Unexpected server response: 401');
    expect(echo.handshakes).toEqual([]);
  });
});
