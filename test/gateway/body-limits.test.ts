import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane, type DataPlaneOptions } from '../support/data-plane.ts';
import { only, readMessage, statusOf, type HttpMessage } from '../support/http-message.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { answerCalls, dial } from '../support/wire.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');

function inChunks(...pieces: string[]): string {
  return [...pieces.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`), '0\r\n\r\n'].join('');
}

async function start(options: Partial<DataPlaneOptions>): Promise<{ upstream: RawUpstream; plane: DataPlane }> {
  const upstream = await startRawUpstream(ok);
  return { upstream, plane: await startDataPlane({ targets: [upstream.port], ...options }) };
}

const postLength = (length: number): string => lines('POST / HTTP/1.1', 'Host: h', `Content-Length: ${length}`);
const postChunked = lines('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked');

function expectRefusal(answer: HttpMessage, status: number, code: string): void {
  expect(statusOf(answer)).toBe(status);
  expect(only(answer, 'x-wayleave-error')).toBe(code);
  expect(only(answer, 'connection')).toBe('close');
}

describe('max_body', () => {
  const routes = [openRoute({ maxBodyBytes: 10 })];

  it('lets through what is exactly as large', async () => {
    const { upstream, plane } = await start({ routes });
    await ask(plane.port, `${postLength(10)}0123456789`);
    await ask(plane.port, postChunked + inChunks('01234', '56789'));
    expect(upstream.requests.map(({ body }) => body)).toEqual(['0123456789', '0123456789']);
  });

  it('refuses a longer Content-Length before anything goes upstream', async () => {
    const { upstream, plane } = await start({ routes });
    expectRefusal(await ask(plane.port, `${postLength(11)}0123456789a`), 413, 'body_too_large');
    expect(upstream.wires).toHaveLength(0);
  });

  it('counts what comes in chunks: the upstream request breaks off and never completes', async () => {
    const { upstream, plane } = await start({ routes });
    const client = (await dial(plane.port)).send(`${postChunked}5\r\n01234\r\n`);
    const wire = await upstream.wire(0);
    await wire.untilText('01234');
    client.send('6\r\n56789a\r\n0\r\n\r\n');
    expectRefusal(await new MessageReader(client).next(), 413, 'body_too_large');
    await wire.closed;
    expect(upstream.requests).toEqual([]);
    expect(readMessage(wire.text).kind).toBe('partial');
  });

  it.each([
    ['of a stated length', postLength(8 * 1024 * 1024), (piece: string) => piece],
    ['in chunks', postChunked, (piece: string) => `${piece.length.toString(16)}\r\n${piece}\r\n`],
  ])('is told to a client that sends on regardless, %s', async (_, head, frame) => {
    const { plane } = await start({ routes });
    const piece = frame('x'.repeat(64 * 1024));
    for (let attempt = 0; attempt < 20; attempt++) {
      const client = (await dial(plane.port)).send(head);
      const sending = (async () => {
        for (let sent = 0; sent < 128 && client.socket.writable; sent++) {
          client.send(piece);
          await delay(0);
        }
      })();
      expectRefusal(await new MessageReader(client).next(), 413, 'body_too_large');
      client.socket.destroy();
      await sending;
    }
  });
});

describe('a body that stops arriving', () => {
  it.each([
    ['of known length', `${postLength(10)}01234`],
    ['of known length, before its first byte', postLength(10)],
    ['in chunks', `${postChunked}5\r\n01234\r\n`],
    ['in chunks, within one', `${postChunked}5\r\n012`],
  ])('%s is given up with 408, and the upstream request with it', async (_, text) => {
    const { upstream, plane } = await start({ limits: { bodyIdleMs: 200 } });
    const client = (await dial(plane.port)).send(text);
    expectRefusal(await new MessageReader(client).next(), 408, 'request_timeout');
    await client.closed;
    for (const wire of upstream.wires) if (wire.bytes > 0) await wire.closed;
    expect(upstream.requests).toEqual([]);
  });

  it('is not given up while it is the upstream that does not read', async () => {
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port], limits: { bodyIdleMs: 200 } });
    const body = 'x'.repeat(9 * 1024 * 1024);
    const client = (await dial(plane.port)).send(postLength(body.length) + body);
    const wire = await upstream.wire(0);
    wire.socket.pause();
    await delay(2000);
    expect(client.text).toBe('');
    wire.socket.resume();
    await expect.poll(() => wire.bytes).toBeGreaterThan(body.length);
    wire.send(ok);
    expect(statusOf(await new MessageReader(client).next())).toBe(200);
  });

  it('is not given up while it keeps arriving, however slowly', async () => {
    const { upstream, plane } = await start({ limits: { bodyIdleMs: 600 } });
    const client = (await dial(plane.port)).send(postLength(6));
    for (const character of 'slowly') {
      await delay(250);
      client.send(character);
    }
    expect(statusOf(await new MessageReader(client).next())).toBe(200);
    expect(upstream.requests.map(({ body }) => body)).toEqual(['slowly']);
  });
});

describe('a chunked body', () => {
  const smuggled = lines('GET /admin HTTP/1.1', 'Host: h', 'X-Auth-User: root');

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'SEARCH'])(
    'of %s arrives whole as that of one request, on a connection that others used before',
    async (method) => {
      const { upstream, plane } = await start({});
      const client = new MessageReader(await dial(plane.port));
      for (let round = 0; round < 3; round++) {
        client.wire.send(lines('GET /before HTTP/1.1', 'Host: h'));
        await client.next();
        const head = lines(`${method} /it HTTP/1.1`, 'Host: h', 'Transfer-Encoding: chunked');
        client.wire.send(head + inChunks(smuggled, '0\r\n\r\n', smuggled));
        expect(statusOf(await client.next(method))).toBe(200);
      }
      const round = ['GET /before HTTP/1.1|', `${method} /it HTTP/1.1|${smuggled}0\r\n\r\n${smuggled}`];
      const seen = upstream.requests.map(({ startLine, body }) => `${startLine}|${body}`);
      expect(seen).toEqual([...round, ...round, ...round]);
    },
  );

  it('that is empty is one request with no body', async () => {
    const { upstream, plane } = await start({});
    for (const method of ['GET', 'POST', 'DELETE']) {
      await ask(plane.port, `${lines(`${method} / HTTP/1.1`, 'Host: h', 'Transfer-Encoding: chunked')}0\r\n\r\n`);
    }
    expect(upstream.requests.map(({ startLine, body }) => `${startLine}|${body}`)).toEqual([
      'GET / HTTP/1.1|',
      'POST / HTTP/1.1|',
      'DELETE / HTTP/1.1|',
    ]);
  });
});
