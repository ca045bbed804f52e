import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openRaw, sendRaw, type RawConnection } from '../support/raw-client.ts';
import type { AnswerStep } from '../support/recording-upstream.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

const upgradeFields =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

function head(line: string, ...fields: string[]): string {
  return `${line} HTTP/1.1\r\nHost: ${world.names.get('HOST')}\r\n${fields.join('')}\r\n`;
}

const bearer = (): string => `Authorization: Bearer ${world.names.get('T_READ')}\r\n`;

/** Connections of clients that the gateway holds at this moment. */
async function heldConnections(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${world.gateway.adminPort}/metrics`);
  return Number(/^wayleave_connections (\d+)$/m.exec(await response.text())?.[1]);
}

async function untilNoneHeld(): Promise<void> {
  await vi.waitUntil(async () => (await heldConnections()) === 0, { timeout: 10_000, interval: 100 });
}

describe('a connection that was refused is not held', () => {
  const refused = {
    'an upgrade without a token': () => head('GET /ws/echo', upgradeFields),
    'an upgrade that is no handshake': () =>
      head('GET /ws/echo', bearer(), 'Connection: Upgrade\r\nUpgrade: websocket\r\n'),
    'a CONNECT': () => head('CONNECT a:1'),
    'no request': () => 'junk\r\n\r\n',
    'a body that is too large': () => head('POST /api/a', bearer(), 'Content-Length: 99999999999\r\n'),
  };
  it.each(Object.entries(refused))('after %s, though its client goes on sending', async (_, request) => {
    await untilNoneHeld();
    const clients = await Promise.all(Array.from({ length: 5 }, () => openRaw(world.gateway.port)));
    for (const client of clients) client.send(`${request()}${'x'.repeat(300_000)}`);
    await Promise.all(clients.map((client) => client.until(({ answers }) => answers.length > 0)));
    const trickle = setInterval(() => clients.forEach((client) => client.socket.writable && client.send('x')), 200);
    await expect(untilNoneHeld()).resolves.toBeUndefined();
    clearInterval(trickle);
    for (const client of clients) client.abort();
  });
});

it('an upstream that goes on refusing an upgrade for ever is let go when its client leaves', async () => {
  const endless: AnswerStep[] = [{ kind: 'write', bytes: 'HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\nabc' }];
  await world.upstream.script({ times: 1, steps: endless });
  const client = await openRaw(world.gateway.port);
  client.send(head('GET /ws/echo', bearer(), upgradeFields));
  await client.until(({ answers }) => answers.length > 0);
  await world.upstream.take();
  const { connections } = await world.upstream.look();
  client.abort();
  await vi.waitFor(async () => expect((await world.upstream.look()).connections).toBe(connections - 1), {
    timeout: 1000,
  });
});

describe('behind a request that is still being answered', () => {
  const slow: AnswerStep[] = [
    { kind: 'sleep', ms: 300 },
    { kind: 'write', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow' },
  ];

  async function pending(): Promise<RawConnection> {
    await world.upstream.script({ times: 1, steps: slow });
    const client = await openRaw(world.gateway.port);
    client.send(head('GET /public/slow'));
    await vi.waitFor(async () => expect((await world.upstream.look()).requests.length).toBeGreaterThan(0));
    return client;
  }

  it.each([
    ['an upgrade', () => head('GET /ws/echo', bearer(), upgradeFields)],
    ['a CONNECT', () => head('CONNECT a:1')],
    ['an upgrade to HTTP/2', () => head('GET /ws/echo', bearer(), 'Connection: Upgrade\r\nUpgrade: h2c\r\n')],
  ])('%s ends the connection and not the process', async (_, request) => {
    await world.upstream.take();
    const client = await pending();
    client.send(request());
    const { closed } = await client.until(() => false);
    expect({ closed, isAlive: world.gateway.isAlive() }).toEqual({ closed: true, isAlive: true });
    expect((await sendRaw(world.gateway.port, head('GET /public/a'))).answers[0]?.status).toBe(200);
  });

  it('junk is refused once, after the answer, however much of it comes', async () => {
    await world.upstream.take();
    const client = await pending();
    const lines = world.gateway.log().split('made no request').length;
    for (let packet = 0; packet < 30; packet++) {
      client.send('\0junk\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const { answers, closed } = await client.until(() => false);
    expect(answers.map(({ status }) => status)).toEqual([200, 400]);
    expect(closed).toBe(true);
    await vi.waitFor(() => expect(world.gateway.log().split('made no request').length).toBe(lines + 1));
    expect(world.gateway.log()).not.toContain('MaxListenersExceededWarning');
  });
});

describe('what an upstream may not answer an upgrade', () => {
  it.each([
    ['a status below 100', 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['a status beyond 599', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['101 without a protocol', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['101 to another protocol', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'],
    ['101 without Connection', 'HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n'],
    [
      'a control in a header of a 101',
      'HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\nX-A: \u0001\r\n\r\n',
    ],
    ['no HTTP', 'AAAA\r\n\r\n'],
  ])('%s becomes 502', async (_, bytes) => {
    await world.upstream.script({ times: 1, steps: [{ kind: 'write', bytes }, { kind: 'close' }] });
    const { answers } = await sendRaw(world.gateway.port, head('GET /ws/echo', bearer(), upgradeFields));
    expect(answers).toMatchObject([{ status: 502 }]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({ code: 'upstream_invalid_response' });
  });

  it('headers in the gateway’s name are taken out of a 101 as well', async () => {
    const bytes =
      'HTTP/1.1 101 Switching\r\nConnection: upgrade, X-Hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\nX-Auth-User: root\r\n' +
      'x_wayleave_error: y\r\nSet-Cookie: wayleave_console=1\r\nSec-WebSocket-Accept: x\r\n\r\n';
    await world.upstream.script({ times: 1, steps: [{ kind: 'write', bytes }] });
    const { answers } = await sendRaw(world.gateway.port, head('GET /ws/echo', bearer(), upgradeFields));
    const names = answers[0]?.headers.map(([name]) => name.toLowerCase());
    expect(names).toEqual(['connection', 'upgrade', 'sec-websocket-accept', 'via', 'x-request-id']);
  });
});
