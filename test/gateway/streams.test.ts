import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, test, vi } from 'vitest';
import type { Route } from '../../src/core/route.ts';
import { valid } from '../config/parse.ts';
import { startDataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { only, statusOf } from '../support/http-message.ts';
import { withinASecond } from '../support/settled.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

/** Shorter than any silence here; those of undici are only looked at once a second. */
const shortMs = 200;
const silenceMs = 2500;

/** Routes as a gateway.yaml has them, `stream` and `plain`, with what is said of both. */
function routes(keys: string, upstreamKeys = ''): readonly Route[] {
  const written = (name: string, more: string) =>
    `  - { name: ${name}, match: { path: /${name}/** }, upstream: u, max_body: unlimited, ${keys}${more} }\n`;
  return valid(`version: 1
scopes: { device:read: Read, device:write: Write }
projects: { analytics: { name: A, roles: { viewer: ['device:*'] } } }
upstreams: { u: { targets: ['http://127.0.0.1:9'], timeouts: { response: 500ms, idle: ${shortMs}ms }${upstreamKeys} } }
routes:
${written('stream', ', stream: true')}${written('plain', '')}`).routes;
}

async function start(keys = 'public: true', more: Partial<DataPlaneOptions> = {}) {
  const upstream = await answerCalls();
  const limits = { bodyIdleMs: shortMs };
  const plane = await startDataPlane({ targets: [upstream.port], routes: routes(keys), limits, ...more });
  /** Sends a request and waits until its upstream has `until` of it. */
  const send = async (head: string, until = '\r\n\r\n') => {
    const number = upstream.wires.length;
    const client = (await dial(plane.port)).send(head);
    const wire = await upstream.wire(number);
    await wire.untilText(until);
    return { client, wire };
  };
  return { plane, upstream, send };
}

const get = (path = '/stream/x', ...fields: string[]): string => lines(`GET ${path} HTTP/1.1`, 'Host: h', ...fields);
const put = (path = '/stream/x', ...fields: string[]): string =>
  lines(`PUT ${path} HTTP/1.1`, 'Host: h', 'Transfer-Encoding: chunked', ...fields);
const chunked = lines('HTTP/1.1 200 OK', 'Content-Type: application/octet-stream', 'Transfer-Encoding: chunked');
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;
const end = '0\r\n\r\n';

describe('silence', () => {
  it('of the upstream ends no stream, and every other answer', async () => {
    const { send } = await start();
    const [stream, plain] = [await send(get()), await send(get('/plain/x'))];
    for (const { wire } of [stream, plain]) wire.send(chunked + chunk('one'));
    await Promise.all([stream.client.untilText('one'), plain.client.untilText('one')]);
    await delay(silenceMs);
    expect(plain.client.socket.closed).toBe(true);
    stream.wire.send(chunk('two') + end);
    expect((await new MessageReader(stream.client).next()).body).toBe('onetwo');
  });

  it('of the client ends no upload, nor does the time that the answer has, and every other', async () => {
    const { send } = await start();
    const [stream, plain] = [
      await send(put() + chunk('one'), 'one'),
      await send(put('/plain/x') + chunk('one'), 'one'),
    ];
    await delay(silenceMs);
    expect(statusOf(await new MessageReader(plain.client).next())).toBe(408);
    stream.client.send(chunk('two'));
    await stream.wire.untilText('two');
    stream.client.send(end);
    await stream.wire.untilText(end);
    stream.wire.send(lines('HTTP/1.1 204 No Content'));
    expect(statusOf(await new MessageReader(stream.client).next())).toBe(204);
  });

  it('of both, within an exchange that goes both ways, ends neither', async () => {
    const { send } = await start();
    const { client, wire } = await send(put() + chunk('ping'), 'ping');
    wire.send(chunked + chunk('pong'));
    await client.untilText('pong');
    await delay(silenceMs);
    client.send(chunk('again') + end);
    await wire.untilText('again');
    wire.send(chunk('and again') + end);
    expect((await new MessageReader(client).next()).body).toBe('pongand again');
  });

  it('ends a stream whose route bounds it itself', async () => {
    const { send } = await start(`public: true, timeouts: { idle: ${shortMs}ms }`);
    const { client, wire } = await send(get());
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    await client.closed;
    expect(client.text).not.toContain(end);
  });
});

describe('the time for the answer to begin counts', () => {
  it('for a request without a body from its head', async () => {
    const { send } = await start();
    const { client } = await send(get());
    const answer = await new MessageReader(client).next();
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([504, 'upstream_timeout']);
  });

  it('for an upload from its end', async () => {
    const { send } = await start();
    const { client, wire } = await send(put() + chunk('one') + end, end);
    const answer = await new MessageReader(client).next();
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([504, 'upstream_timeout']);
    await withinASecond(wire.closed, 'the upstream is told');
  });
});

test('bytes are passed on as they come, and the head before any of them', async () => {
  const { send } = await start();
  const { client, wire } = await send(get());
  wire.send(lines('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'Transfer-Encoding: chunked'));
  await client.untilText('\r\n\r\n');
  for (const event of ['data: 1\n\n', 'data: 2\n\n', ': \n\n']) {
    wire.send(chunk(event));
    const text = await withinASecond(client.untilText(event), 'the event');
    expect(text.endsWith(chunk(event))).toBe(true);
  }
});

test('a client that is gone without a word is found by probes of the system', async () => {
  const probed = vi.spyOn(Socket.prototype, 'setKeepAlive');
  const { send, plane } = await start();
  const ofServer = () => probed.mock.contexts.filter((socket) => (socket as Socket).localPort === plane.port);
  await send(get('/plain/x'));
  expect(ofServer()).toEqual([]);
  await send(get());
  expect(ofServer()).toHaveLength(1);
  expect(probed.mock.calls.at(probed.mock.contexts.indexOf(ofServer()[0]))).toEqual([true, 30_000]);
});

describe('either end that leaves takes the other with it', () => {
  it('the client', async () => {
    const { send, plane } = await start();
    const { client, wire } = await send(get());
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    client.socket.destroy();
    await withinASecond(wire.closed, 'the upstream is told');
    expect(await plane.nextReport()).toMatchObject({ status: 200, exchange: { aborted: true } });
  });

  it('the client in the middle of its upload', async () => {
    const { send, plane } = await start();
    const { client, wire } = await send(put() + chunk('one'), 'one');
    client.socket.destroy();
    await withinASecond(wire.closed, 'the upstream is told');
    expect(await plane.nextReport()).toMatchObject({ exchange: { aborted: true, bytesIn: 3 } });
  });

  it('the upstream', async () => {
    const { send } = await start();
    const { client, wire } = await send(get());
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    wire.socket.destroy();
    await withinASecond(client.closed, 'the client is cut off');
    expect(client.text).not.toContain(end);
  });
});

describe('a stream obeys its token, whatever its media type', () => {
  const scopes = (scope: string) => `scopes: '${scope}'`;
  const roleScopes = new Map([['analytics/viewer', new Set(['device:read', 'device:write'])]]);

  async function open(request: (path: string, ...fields: string[]) => string, until: string) {
    const world = await start(scopes('device:read'), { config: { roleScopes } });
    const token = world.plane.issue({ id: 'tok_stream', scopes: ['device:read'] }, ['analytics/viewer']);
    const { client, wire } = await world.send(request('/stream/x', `Authorization: Bearer ${token}`), until);
    return { ...world, token, client, wire };
  }
  const download = () => open(get, '\r\n\r\n');
  const upload = () => open((path, ...fields) => put(path, ...fields) + chunk('one'), 'one');

  it('is listed as a stream, before its answer has begun and after', async () => {
    const { plane, client, wire } = await download();
    expect(plane.live.ofToken('tok_stream').map(({ kind }) => kind)).toEqual(['stream']);
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    expect(plane.live.ofToken('tok_stream').map(({ kind, route }) => [kind, route])).toEqual([['stream', 'stream']]);
    expect(plane.live.counts()).toEqual({ request: 0, stream: 1, upgrade: 0 });
  });

  it('ends on both sides when the token is revoked', async () => {
    const { plane, token, client, wire } = await download();
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    plane.change(token, () => ({ revoked: true }));
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(client.text).not.toContain(end);
    expect(plane.ended).toEqual(['stream token_revoked']);
  });

  it('ends when a reload takes away what it rests on', async () => {
    const { plane, client, wire } = await download();
    wire.send(chunked + chunk('one'));
    await client.untilText('one');
    plane.reload({ routes: routes(scopes('device:read')), config: { roleScopes } });
    wire.send(chunk('two'));
    await client.untilText('two');
    plane.reload({ routes: routes(scopes('device:write')), config: { roleScopes } });
    await withinASecond(Promise.all([client.closed, wire.closed]), 'both ends are closed');
    expect(plane.ended).toEqual(['stream insufficient_scope']);
  });

  it('and an upload that has no answer yet is told why', async () => {
    const { plane, client, wire } = await upload();
    plane.reload({ routes: routes(scopes('device:write')), config: { roleScopes } });
    const answer = await new MessageReader(client).next();
    expect([statusOf(answer), only(answer, 'x-wayleave-error')]).toEqual([403, 'insufficient_scope']);
    await withinASecond(wire.closed, 'the upstream is told');
  });
});

test('a stop ends streams that have begun, and lets others come to their answer', async () => {
  const { send, plane } = await start();
  const [begun, waiting, plain] = [await send(get()), await send(get()), await send(get('/plain/x'))];
  for (const { wire } of [begun, plain]) wire.send(chunked + chunk('one'));
  await Promise.all([begun.client.untilText('one'), plain.client.untilText('one')]);
  plane.live.endStreams({ code: 'draining', detail: 'the gateway is shutting down' });
  await withinASecond(Promise.all([begun.client.closed, begun.wire.closed]), 'both ends are closed');
  expect(plane.ended).toEqual(['stream draining']);
  plain.wire.send(end);
  waiting.wire.send(lines('HTTP/1.1 204 No Content'));
  expect(statusOf(await new MessageReader(waiting.client).next())).toBe(204);
  expect((await new MessageReader(plain.client).next()).body).toBe('one');
});

test('what a client does not read waits at the upstream, not in memory', async () => {
  const { send } = await start();
  const { client, wire } = await send(get());
  client.socket.pause();
  wire.send(chunked);
  const piece = chunk('x'.repeat(64 * 1024));
  let sent = 0;
  const isTaken = (): Promise<boolean> =>
    Promise.race([
      new Promise<boolean>((resolve) => wire.socket.write(piece, () => resolve(true))),
      delay(1000).then(() => false),
    ]);
  while (sent < 1024 && (await isTaken())) sent++;
  // What the system holds for two connections; the rest is refused until somebody reads.
  expect(sent).toBeLessThan(1024);
  client.socket.resume();
  await expect.poll(() => client.bytes, { timeout: 10_000 }).toBeGreaterThan(sent * 64 * 1024);
});
