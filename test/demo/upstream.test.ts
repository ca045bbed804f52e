import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { checkAssertions } from '../../src/demo/assertion-check.ts';
import { startDemoUpstream, type DemoUpstream } from '../../src/demo/upstream.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { signingKeysFixture } from '../support/signing-keys.ts';

const started: DemoUpstream[] = [];

async function start(): Promise<DemoUpstream> {
  const upstream = await startDemoUpstream({ host: '127.0.0.1', port: 0 });
  started.push(upstream);
  return upstream;
}

afterEach(async () => {
  for (const upstream of started.splice(0)) await upstream.close();
});

describe('the demo upstream', () => {
  it('answers with the request it received', async () => {
    const { port } = await start();
    const response = await fetch(`http://127.0.0.1:${port}/api/devices/1?x=%20`, {
      method: 'POST',
      body: 'twelve bytes',
      headers: { 'X-Auth-User': 'usr_1' },
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      method: 'POST',
      path: '/api/devices/1?x=%20',
      headers: { 'X-Auth-User': 'usr_1' },
      body_bytes: 12,
    });
  });

  it('shows whether the gateway vouches for the request', async () => {
    const upstream = await start();
    const { keys } = await signingKeysFixture();
    const bound = routeFixture({ path: '/bound/**', name: 'bound', assertionBinding: 'request' });
    const plane = await startDataPlane({
      targets: [upstream.port],
      keys,
      routes: [routeFixture({ path: '/**' }), bound],
    });
    const keySet = new URL(`http://127.0.0.1:${plane.port}/.wayleave/jwks.json`);
    upstream.trust(checkAssertions({ keySet, issuer: 'wayleave', audiences: ['u'] }));
    const echo = async (port: number, path: string, headers: Record<string, string>) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      return (await response.json()) as { headers: Record<string, string>; assertion: unknown };
    };
    const authorization = `Bearer ${plane.issue()}`;
    const plain = await echo(plane.port, '/x', { authorization });
    expect(plain.assertion).toMatchObject({ verified: true, claims: { aud: 'u' } });
    const ofRequest = await echo(plane.port, '/bound/1?a', { authorization });
    expect(ofRequest.assertion).toMatchObject({ verified: true, claims: { htm: 'GET' } });

    const around = { 'X-Auth-Assertion': ofRequest.headers['X-Auth-Assertion'] ?? '' };
    const moved = { verified: false, reason: 'it is bound to another request' };
    expect((await echo(upstream.port, '/bound/2', around)).assertion).toEqual(moved);
    expect((await echo(upstream.port, '/x', { 'X-Auth-Assertion': 'forged' })).assertion).toMatchObject({
      verified: false,
    });
    expect((await echo(upstream.port, '/x', {})).assertion).toBeNull();
  });

  it('shows every value of a header that stands twice', async () => {
    const { port } = await start();
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port, headers: ['Host', 'x', 'X-Twice', '1', 'X-Twice', '2'] },
        (answer) => {
          answer.setEncoding('utf8');
          let text = '';
          answer.on('data', (chunk: string) => (text += chunk));
          answer.on('end', () => resolve(text));
        },
      );
      sent.on('error', reject);
      sent.end();
    });
    expect(JSON.parse(body)).toMatchObject({ headers: { 'X-Twice': ['1', '2'] } });
  });

  it('streams events until the reader leaves', async () => {
    const { port } = await start();
    const leave = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/api/devices/events?since=1`, { signal: leave.signal });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe('id: 1\ndata: {"number":1}\n\n');
    leave.abort();
  });

  it.each([0, 125, 126, 65_535, 65_536, 500_000])('echoes a WebSocket message of %d bytes', async (length) => {
    const { port } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/room`);
    const message = 'x'.repeat(length);
    const echoed = await new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send(message));
      socket.on('message', (data: Buffer) => resolve(data.toString('utf8')));
      socket.on('error', reject);
    });
    expect(echoed === message).toBe(true);
    const code = await new Promise<number>((resolve) => {
      socket.on('close', resolve);
      socket.close(1000);
    });
    expect(code).toBe(1000);
  });

  it('answers a ping', async () => {
    const { port } = await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    const answer = await new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.ping('hello'));
      socket.on('pong', (data: Buffer) => resolve(data.toString('utf8')));
      socket.on('error', reject);
    });
    expect(answer).toBe('hello');
    socket.terminate();
  });

  it('says which address is taken', async () => {
    const { port } = await start();
    await expect(startDemoUpstream({ host: '127.0.0.1', port })).rejects.toThrow(
      `the demo upstream cannot listen on 127.0.0.1:${port}: another program listens there`,
    );
  });

  it('closes although connections are open', async () => {
    const upstream = await startDemoUpstream({ host: '127.0.0.1', port: 0 });
    const socket = new WebSocket(`ws://127.0.0.1:${upstream.port}/ws`);
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    await upstream.close();
    expect(await closed).toBe(1006);
  });
});
