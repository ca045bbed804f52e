import { describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { RawToken } from '../../src/core/token.ts';
import { startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { settled, withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const needsRead = { all: ['device:read'], any: [] };
const route = routeFixture({
  path: '/**',
  access: { kind: 'scopes', byMethod: new Map(), others: needsRead },
  maxBodyBytes: Infinity,
});
const roleScopes = new Map([['analytics/viewer', new Set(['device:read', 'device:write'])]]);
const eventStream = lines('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Transfer-Encoding: chunked');

interface World {
  readonly upstream: Switchboard;
  readonly plane: DataPlane;
  readonly token: RawToken;
}

async function start(): Promise<World> {
  const upstream = await answerCalls();
  const plane = await startDataPlane({ targets: [upstream.port], routes: [route], config: { roleScopes } });
  return { upstream, plane, token: issue(plane) };
}

function issue(plane: DataPlane, given: Partial<TokenRecord> = {}): RawToken {
  return plane.issue({ scopes: ['device:read', 'device:write'], ...given }, ['analytics/viewer']);
}

const request = (token: RawToken, method = 'GET', ...fields: string[]): string =>
  lines(`${method} /x?q=1 HTTP/1.1`, 'Host: h', `Authorization: Bearer ${token}`, ...fields);

/** A request that its upstream has received the head of. */
async function send({ upstream, plane }: World, text: string): Promise<{ client: Wire; wire: Wire }> {
  const number = upstream.wires.length;
  const client = (await dial(plane.port)).send(text);
  const wire = await upstream.wire(number);
  await wire.untilText('\r\n\r\n');
  return { client, wire };
}

const revoke = { revoked: true };

describe('what is under way ends on both sides when its token is revoked', () => {
  it('an event stream: the client is cut off, the upstream told', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    wire.send(`${eventStream}7\r\ndata: 1\r\n`);
    await client.untilText('data: 1');
    world.plane.change(world.token, () => revoke);
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(client.text).not.toMatch(/0\r\n\r\n$/);
    const report = await world.plane.nextReport();
    expect([report.status, report.exchange.problem?.code]).toEqual([200, 'token_revoked']);
    expect(world.plane.ended).toEqual(['stream token_revoked']);
  });

  it('a download that flows, of which nothing more arrives', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 1073741824')).send(Buffer.alloc(64 * 1024 * 1024));
    await expect.poll(() => client.bytes).toBeGreaterThan(1024 * 1024);
    world.plane.change(world.token, () => revoke);
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(world.plane.ended).toEqual(['request token_revoked']);
  });

  it('a download that its client does not read', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    client.socket.pause();
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 1073741824')).send(Buffer.alloc(64 * 1024 * 1024));
    await settled(() => wire.socket.bytesWritten - wire.socket.writableLength);
    world.plane.change(world.token, () => revoke);
    await withinASecond(Promise.all([wire.closed, world.plane.nextReport()]), 'the gateway lets go of both');
    expect(world.plane.ended).toEqual(['request token_revoked']);
  });

  it('an answer that the upstream has sent whole and the client has not read', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    client.socket.pause();
    const body = Buffer.alloc(16 * 1024 * 1024);
    wire.send(lines('HTTP/1.1 200 OK', 'Connection: close')).send(body).socket.end();
    await settled(() => wire.socket.bytesWritten - wire.socket.writableLength);
    world.plane.change(world.token, () => revoke);
    await withinASecond(world.plane.nextReport(), 'the exchange is over');
    client.socket.resume();
    await client.closed;
    expect(client.bytes).toBeLessThan(body.length);
  });

  it('a request that waits for its answer: it gets the refusal, and its connection is kept', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    world.plane.change(world.token, () => revoke);
    const reader = new MessageReader(client);
    const answer = await withinASecond(reader.next('GET'), 'the answer');
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_revoked']);
    expect(only(answer, 'www-authenticate')).toContain('error="invalid_token"');
    await withinASecond(wire.closed, 'the upstream is told');
    client.send(request(issue(world.plane)));
    const isAsked = ({ bytes, socket }: Wire): boolean => bytes > 0 && !socket.closed;
    await expect.poll(() => world.upstream.wires.some(isAsked)).toBe(true);
    world.upstream.wires.find(isAsked)?.send(lines('HTTP/1.1 204 No Content'));
    expect(statusOf(await reader.next('GET'))).toBe(204);
  });

  it('a request for which there is no connection to the upstream yet', async () => {
    // It takes the call and never shakes hands.
    const { port } = await answerCalls();
    const targets = [`https://127.0.0.1:${port}`];
    const plane = await startDataPlane({ targets, routes: [route], config: { roleScopes } });
    const token = issue(plane);
    const client = (await dial(plane.port)).send(request(token));
    await expect.poll(() => plane.live.counts().request).toBe(1);
    plane.change(token, () => revoke);
    const answer = await withinASecond(new MessageReader(client).next('GET'), 'the answer');
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_revoked']);
  });

  it.each([
    ['of known length', 'Content-Length: 99', 'abc'],
    ['in chunks', 'Transfer-Encoding: chunked', '3\r\nabc\r\n'],
  ])('an upload %s: it gets the refusal, and the upstream no more of it', async (_framing, field, part) => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token, 'POST', field) + part);
    await wire.untilText('abc');
    world.plane.change(world.token, () => revoke);
    const answer = await withinASecond(new MessageReader(client).next('POST'), 'the answer');
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([401, 'token_revoked']);
    await withinASecond(wire.closed, 'the upstream is told');
    client.send('more');
    expect(wire.text.endsWith('abc') || wire.text.endsWith('abc\r\n')).toBe(true);
  });

  it('two hundred at once', async () => {
    const world = await start();
    const clients = await Promise.all(Array.from({ length: 200 }, () => dial(world.plane.port)));
    for (const client of clients) client.send(request(world.token));
    await expect.poll(() => world.upstream.wires.filter(({ bytes }) => bytes > 0).length).toBe(200);
    for (const wire of world.upstream.wires) wire.send(`${eventStream}7\r\ndata: 1\r\n`);
    await Promise.all(clients.map((client) => client.untilText('data: 1')));
    world.plane.change(world.token, () => revoke);
    await withinASecond(Promise.all(clients.map(({ closed }) => closed)), 'every client is cut off');
    await expect.poll(() => world.upstream.wires.filter(({ socket }) => !socket.closed).length).toBe(0);
    expect(world.plane.ended).toHaveLength(200);
    expect(world.plane.live.counts()).toEqual({ request: 0, stream: 0, upgrade: 0 });
  });
});

describe('what is under way ends when', () => {
  const acme = (record: TokenRecord, status: 'active' | 'suspended') => ({ ...record.owner.organization, status });
  it.each<[string, (record: TokenRecord) => Partial<TokenRecord>, number, string]>([
    ['its token is disabled', () => ({ disabled: true }), 401, 'token_disabled'],
    ['its token is made to expire', () => ({ expiresAt: 1 }), 401, 'token_expired'],
    [
      'its token loses the scope that the route asks for',
      () => ({ scopes: ['device:write'] }),
      403,
      'insufficient_scope',
    ],
    ['its user loses the role', ({ owner }) => ({ owner: { ...owner, roles: [] } }), 403, 'insufficient_scope'],
    ['its user is disabled', ({ owner }) => ({ owner: { ...owner, status: 'disabled' } }), 401, 'user_disabled'],
    [
      'its organisation is suspended',
      (record) => ({ owner: { ...record.owner, organization: acme(record, 'suspended') } }),
      401,
      'organization_suspended',
    ],
  ])('%s', async (_what, change, status, code) => {
    const world = await start();
    const waiting = await send(world, request(world.token));
    const streaming = await send(world, request(world.token));
    streaming.wire.send(`${eventStream}7\r\ndata: 1\r\n`);
    await streaming.client.untilText('data: 1');
    world.plane.change(world.token, change);
    const answer = await withinASecond(new MessageReader(waiting.client).next('GET'), 'the answer');
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([status, code]);
    await withinASecond(streaming.client.closed, 'the stream ends');
  });

  it('a key of its user or its organisation is announced, not its own', async () => {
    for (const key of ['usr_1', 'org_1']) {
      const world = await start();
      const { client } = await send(world, request(world.token));
      world.plane.change(world.token, () => ({ ...revoke, id: 'tok_other' }));
      world.plane.live.invalidated([key]);
      expect(statusOf(await withinASecond(new MessageReader(client).next('GET'), 'the answer'))).toBe(401);
    }
  });
});

describe('what is under way goes on', () => {
  it('when its token loses a scope that the route does not ask for', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    world.plane.change(world.token, () => ({ scopes: ['device:read'] }));
    await expect.poll(() => world.plane.lookups.length).toBe(2);
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 2', 'X: y')).send('ok');
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
  });

  it('when another token ends', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    const other = issue(world.plane, { id: 'tok_2', owner: { ...owner, id: 'usr_2' } });
    const ended = await send(world, request(other));
    world.plane.change(other, () => revoke);
    await withinASecond(ended.wire.closed, 'the other ends');
    expect(world.plane.lookups).toHaveLength(3);
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 2')).send('ok');
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
  });

  it('without a token, on a public route', async () => {
    const upstream = await answerCalls();
    const routes = [routeFixture({ path: '/**', access: { kind: 'public' } })];
    const plane = await startDataPlane({ targets: [upstream.port], routes });
    const client = (await dial(plane.port)).send(lines('GET / HTTP/1.1', 'Host: h'));
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    plane.live.missedChanges();
    plane.live.sweep();
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Length: 2')).send('ok');
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(200);
  });
});

const owner: TokenRecord['owner'] = {
  id: 'usr_1',
  username: 'ada',
  kind: 'human',
  status: 'active',
  organization: { id: 'org_1', slug: 'acme', status: 'active' },
  roles: ['analytics/viewer'],
};

describe('the registry', () => {
  it('lists what is under way by a token, without the query, and forgets what is over', async () => {
    const world = await start();
    const { client, wire } = await send(world, request(world.token));
    wire.send(`${eventStream}7\r\ndata: 1\r\n`);
    await client.untilText('data: 1');
    const listed = world.plane.live.ofToken('tok_1');
    expect(listed).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        kind: 'stream',
        route: 'r',
        method: 'GET',
        path: '/x',
        remoteAddress: '127.0.0.1',
        since: expect.closeTo(Date.now(), -4) as number,
        bytesIn: 0,
        bytesOut: 7,
      },
    ]);
    expect(client.text).toContain(`x-request-id: ${listed[0]?.id}`);
    expect(world.plane.live.ofToken('tok_2')).toEqual([]);
    client.reset();
    await world.plane.nextReport();
    expect(world.plane.live.ofToken('tok_1')).toEqual([]);
    expect(world.plane.live.counts()).toEqual({ request: 0, stream: 0, upgrade: 0 });
  });

  it('keeps nothing of a client that left while its token was looked up', async () => {
    let find = (): void => undefined;
    const found = new Promise<void>((resolve) => (find = resolve));
    const plane = await startDataPlane({ targets: [1], routes: [route], beforeLookup: () => found });
    const client = (await dial(plane.port)).send(request(plane.issue()));
    await expect.poll(() => plane.lookups.length).toBe(1);
    client.reset();
    await plane.nextReport();
    find();
    await expect.poll(() => plane.connections()).toBe(0);
    expect(plane.live.counts()).toEqual({ request: 0, stream: 0, upgrade: 0 });
  });

  it('does not register what is refused', async () => {
    const world = await start();
    const client = (await dial(world.plane.port)).send(request(world.plane.issue()));
    expect(statusOf(await new MessageReader(client).next('GET'))).toBe(403);
    expect(world.plane.live.ofToken('tok_1')).toEqual([]);
  });
});
