import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { onCleanup } from '../support/cleanup.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { adminClient, makeTokens, type AdminCall, type FixtureToken } from '../support/gateway-tokens.ts';
import { withinASecond } from '../support/settled.ts';
import { lines } from '../support/speak-http.ts';
import { dial, type Wire } from '../support/wire.ts';

const piece = Buffer.alloc(64 * 1024);

/** Streams for ever at `/events`, sends a gibibyte at `/download`, keeps quiet at `/wait`; echoes at `/ws`. */
async function startUpstream(): Promise<number> {
  const server = createServer((req, res) => {
    if (req.url === '/events') res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    if (req.url === '/download') pour(res.writeHead(200, { 'content-length': 1024 ** 3 }));
  });
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function pour(res: ServerResponse): void {
  while (!res.destroyed && res.write(piece));
  res.once('drain', () => pour(res));
}

let gateway: RunningGateway;
let call: AdminCall;
let tokens: Record<'revoked' | 'narrowed' | 'owned' | 'suspended' | 'other', FixtureToken>;

beforeAll(async () => {
  const upstreamPort = await startUpstream();
  gateway = await startGateway({
    yaml: `
scopes: { read: Read, write: Write }
projects: { app: { name: App, roles: { user: [ read, write ] } } }
upstreams: { u: { targets: [ "http://127.0.0.1:${upstreamPort}" ] } }
routes: [ { name: all, match: { path: /** }, upstream: u, scopes: read } ]
`,
  });
  const scopes = ['read', 'write'];
  tokens = await makeTokens(gateway, 'app/user', {
    revoked: { scopes },
    narrowed: { scopes },
    owned: { scopes },
    suspended: { scopes, organization: 'globex' },
    other: { scopes },
  });
  call = await adminClient(gateway);
});

interface UnderWay {
  readonly socket: WebSocket;
  readonly closed: Promise<string>;
  readonly events: Wire;
  readonly download: Wire;
  readonly waiting: Wire;
}

/** A WebSocket, an event stream, a download and a request without an answer, all by one token. */
async function begin({ secret, tokenId }: FixtureToken): Promise<UnderWay> {
  const headers = { authorization: `Bearer ${secret}` };
  const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ws`, { headers });
  onCleanup(() => socket.terminate());
  await once(socket, 'open');
  const get = async (path: string): Promise<Wire> =>
    (await dial(gateway.port)).send(lines(`GET ${path} HTTP/1.1`, 'Host: h', `Authorization: Bearer ${secret}`));
  const [events, download, waiting] = [await get('/events'), await get('/download'), await get('/wait')];
  await events.untilText('data: 1');
  await expect.poll(() => download.bytes).toBeGreaterThan(1024 * 1024);
  const kinds = async (): Promise<unknown> => {
    const { items } = (await call('GET', `/tokens/${tokenId}/connections`)) as { items: { kind: string }[] };
    return items.map(({ kind }) => kind).toSorted();
  };
  await expect.poll(kinds).toEqual(['request', 'request', 'stream', 'upgrade']);
  const closed = once(socket, 'close').then((close) => close.map(String).join(' '));
  return { socket, closed, events, download, waiting };
}

async function expectEnded(underWay: UnderWay, status: number, code: string): Promise<void> {
  const { closed, events, download, waiting } = underWay;
  const ends = Promise.all([closed, events.closed, download.closed, waiting.untilText(`"code":"${code}"`)]);
  const [close, , , answer] = await withinASecond(ends, 'everything under way has ended');
  expect(close).toBe(`1008 ${code}`);
  expect(answer).toContain(`HTTP/1.1 ${status} `);
  expect(download.bytes).toBeLessThan(1024 ** 3);
}

describe('a WebSocket, an event stream, a download and a waiting request end with the receipt when', () => {
  it('their token is revoked, and those of another token stay', async () => {
    const [ended, staying] = [await begin(tokens.revoked), await begin(tokens.other)];
    await call('POST', `/tokens/${tokens.revoked.tokenId}/revoke`);
    await expectEnded(ended, 401, 'token_revoked');
    staying.socket.send('still there');
    expect(String((await once(staying.socket, 'message'))[0])).toBe('still there');
    expect(staying.events.ended || staying.download.ended || staying.waiting.bytes > 0).toBe(false);
    staying.socket.terminate();
    for (const wire of [staying.events, staying.download, staying.waiting]) wire.reset();
  });

  it('their token loses the scope that the route asks for, and not when it loses another', async () => {
    const underWay = await begin(tokens.narrowed);
    await call('PATCH', `/tokens/${tokens.narrowed.tokenId}`, { scopes: ['read'] });
    underWay.socket.send('still there');
    expect(String((await once(underWay.socket, 'message'))[0])).toBe('still there');
    await call('PATCH', `/tokens/${tokens.narrowed.tokenId}`, { scopes: ['write'] });
    await expectEnded(underWay, 403, 'insufficient_scope');
  });

  it('their user is disabled', async () => {
    const underWay = await begin(tokens.owned);
    await call('PATCH', `/organizations/acme/users/${tokens.owned.userId}`, { status: 'disabled' });
    await expectEnded(underWay, 401, 'user_disabled');
  });

  it('their organisation is suspended', async () => {
    const underWay = await begin(tokens.suspended);
    await call('PATCH', '/organizations/globex', { status: 'suspended' });
    await expectEnded(underWay, 401, 'organization_suspended');
  });
});

it('the log and the metrics say why', async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text();
  expect(metrics).toContain('wayleave_live_connections_ended_total{kind="upgrade",reason="token_revoked"} 1');
  expect(metrics).toContain('wayleave_live_connections_ended_total{kind="stream",reason="user_disabled"} 1');
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text())
    .toContain('wayleave_live_connections{kind="upgrade"} 0');
  await expect.poll(() => gateway.log()).toMatch(/"path":"\/ws","status":101,"code":"token_revoked"/);
  expect(gateway.log()).toMatch(/"path":"\/download","status":200,"code":"token_revoked"/);
  expect(gateway.log()).toMatch(/"path":"\/wait","status":401,"code":"token_revoked"/);
});
