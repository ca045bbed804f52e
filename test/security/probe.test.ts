import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { openRaw, sendRaw } from '../support/raw-client.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});
const host = () => `Host: ${world.names.get('HOST')}\r\n`;
const auth = () => `Authorization: Bearer ${world.names.get('T_READ')}\r\n`;
const up = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
import { afterAll } from 'vitest';
afterAll(() => console.log('LOG', world.gateway.isAlive(), world.gateway.log().slice(-1500)));
const fds = () => readdirSync(`/proc/${world.gateway.pid}/fd`).length;

it('A fd leak of refused upgrades with junk', async () => {
  const before = fds();
  const open = [];
  for (let i = 0; i < 30; i++) {
    const c = await openRaw(world.gateway.port);
    c.send(`GET /ws/echo HTTP/1.1\r\n${host()}${up}\r\n${'x'.repeat(500000)}`);
    await c.until((s) => s.answers.length > 0);
    open.push(c);
  }
  await delay(500);
  const held = fds();
  for (const c of open) c.socket.end();
  await delay(500);
  const half = fds();
  for (const c of open) c.abort();
  await delay(3000);
  console.log('A fds', before, held, half, fds());
});
it('A2 CONNECT held', async () => {
  const before = fds();
  const open = [];
  for (let i = 0; i < 30; i++) {
    const c = await openRaw(world.gateway.port);
    c.send(`CONNECT a:1 HTTP/1.1\r\n${host()}\r\n${'x'.repeat(500000)}`);
    await c.until((s) => s.answers.length > 0);
    open.push(c);
  }
  await delay(500);
  const held = fds();
  for (const c of open) c.abort();
  await delay(3000);
  console.log('A2 fds', before, held, fds());
});
it('B refused upgrade whose body never ends', async () => {
  await world.upstream.take();
  await world.upstream.script({ times: 1, steps: [{ kind: 'write', bytes: 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nabc' }] });
  const c = await openRaw(world.gateway.port);
  c.send(`GET /ws/echo HTTP/1.1\r\n${host()}${auth()}${up}\r\n`);
  await c.until((s) => s.answers.length > 0);
  const open = (await world.upstream.look()).connections;
  c.abort();
  await delay(1500);
  console.log('B', open, (await world.upstream.look()).connections);
});
it('F odd answers to upgrades', async () => {
  for (const a of ['HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 101 X\r\n\r\n', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-A: a\u0001\r\n\r\n', 'HTTP/1.1 200 OK\r\nX@: y\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 200 \u0001\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 200 caf\u00e9\r\nX-A: caf\u00e9\u00ff\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello', 'AAAA', 'HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nX-Auth-User: root\r\nSet-Cookie: wayleave_console=1\r\nX-A: caf\u00e9\r\n\r\nhello', 'HTTP/1.1 304 X\r\nTransfer-Encoding: chunked\r\n\r\n']) {
    await world.upstream.script({ times: 1, steps: [{ kind: 'write', bytes: a }] });
    const c = await openRaw(world.gateway.port);
    c.send(`GET /ws/echo HTTP/1.1\r\n${host()}${auth()}${up}\r\n`);
    const s = await c.until((x) => x.answers[0]?.complete === true, 5000);
    console.log('F', JSON.stringify(a.slice(0, 60)), s.answers.map((x) => x.startLine + ' ' + JSON.stringify(x.headers)), JSON.stringify(s.tunnelled), s.closed, world.gateway.isAlive());
    c.abort();
  }
});
it('QQ http/1.0 cut', async () => {
  for (const a of ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n']) {
    await world.upstream.script({ times: 1, steps: [{ kind: 'write', bytes: a }, { kind: 'sleep', ms: 100 }, { kind: 'close' }] });
    const s = await sendRaw(world.gateway.port, `GET /public/a HTTP/1.0\r\n${host()}\r\n`);
    console.log('QQ', JSON.stringify(s));
  }
});
it('AG errors behind a pending request', async () => {
  await world.upstream.script({ times: 1, steps: [{ kind: 'sleep', ms: 1500 }, { kind: 'write', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }] });
  const c = await openRaw(world.gateway.port);
  c.send(`GET /public/a HTTP/1.1\r\n${host()}\r\n`);
  await delay(100);
  for (let i = 0; i < 60; i++) { c.send('\0\0\0junk\r\n\r\n'.repeat(1000)); await delay(10); }
  const s = await c.until((x) => x.closed, 5000);
  console.log('AG', s.answers.map((x) => x.startLine), s.strayBytes.length, world.gateway.isAlive(), world.gateway.log().match(/.*(MaxListeners|Warning|made no request).*/g)?.length, world.gateway.log().match(/.*(MaxListeners|Warning).*/g));
  expect(1).toBe(1);
});
