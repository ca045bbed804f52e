import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { openRaw, sendRaw, type Exchanged } from '../support/raw-client.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});
beforeEach(async () => {
  await world.upstream.script(undefined);
  await world.upstream.take();
});

function head(line: string, ...fields: string[]): string {
  const usual = [`Host: ${world.names.get('HOST')}`, `Authorization: Bearer ${world.names.get('T_READ')}`];
  return `${[`${line} HTTP/1.1`, ...usual, ...fields].join('\r\n')}\r\n\r\n`;
}

async function seen(): Promise<readonly RecordedRequest[]> {
  const { requests, strayBytes } = await world.upstream.take();
  expect(strayBytes).toEqual([]);
  return requests;
}

const embedded = 'GET /admin-area/x HTTP/1.1\r\nHost: a\r\n\r\n';
const chunk = (data: string): string => `${data.length.toString(16)}\r\n${data}\r\n`;

describe('a body', () => {
  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH'])(
    'of a chunked %s arrives whole, as one request, on a reused upstream connection',
    async (method) => {
      await sendRaw(world.gateway.port, head('GET /api/before'));
      const data = `${embedded}${embedded}`;
      const text = `${head(`${method} /api/chunked`, 'Transfer-Encoding: chunked')}${chunk(data)}0\r\n\r\n`;
      const { answers } = await sendRaw(world.gateway.port, text);
      expect(answers.map(({ status }) => status)).toEqual([200]);
      await sendRaw(world.gateway.port, head('GET /api/behind'));
      const [before, chunked, behind, ...others] = await seen();
      expect(others).toEqual([]);
      expect(before).toMatchObject({ target: '/api/before' });
      expect(chunked).toMatchObject({ method, target: '/api/chunked', body: data, complete: true });
      expect(chunked?.connection).toBe(before?.connection);
      expect(behind).toMatchObject({ target: '/api/behind', body: '' });
    },
  );

  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(embedded, '0\r\n\r\n', '\r\n', '\r\n\r\n', 'ffff\r\n', '\0'),
      fc.string({ maxLength: 50 }),
    ),
    { minLength: 1, maxLength: 6 },
  );
  const methods = fc.constantFrom('GET', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'REPORT', 'QUERY');
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 3 });

  it('however it is framed and cut into packets, is one body of one request, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(methods, pieces, fc.boolean(), cuts, async (method, parts, isChunked, cutAt) => {
        const data = parts.map((part) => Buffer.from(part, 'utf8').toString('latin1')).filter((part) => part !== '');
        const body = data.join('');
        const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
        const sent = isChunked ? `${data.map(chunk).join('')}0\r\n\r\n` : body;
        const client = await openRaw(world.gateway.port);
        await sendCut(client.send.bind(client), head(`${method} /api/body`, framing) + sent, cutAt);
        const { answers } = await client.until((so) => so.answers[0]?.complete === true);
        client.abort();
        expect(answers.map(({ status }) => status)).toEqual([200]);
        const requests = await seen();
        expect(requests.map((request) => [request.method, request.target, request.body, request.complete])).toEqual([
          [method, '/api/body', body, true],
        ]);
      }),
      { numRuns: count(40, 2000) },
    );
  });
});

async function sendCut(send: (bytes: string) => void, text: string, cutAt: readonly number[]): Promise<void> {
  const places = [0, ...cutAt.map((at) => at % text.length).toSorted((one, other) => one - other), text.length];
  for (const [at, from] of places.slice(0, -1).entries()) {
    const piece = text.slice(from, places[at + 1]);
    if (piece === '') continue;
    send(piece);
    // Another packet: what is written in one turn goes out together.
    await delay(1);
  }
}

describe('Expect', () => {
  it('a body is asked for once, after the request was let in, and arrives whole', async () => {
    const client = await openRaw(world.gateway.port);
    client.send(head('POST /api/expect', 'Content-Length: 3', 'Expect: 100-continue'));
    await client.until(({ interim }) => interim.length > 0);
    client.send('abc');
    const { interim, answers } = await client.until((so) => so.answers[0]?.complete === true);
    client.abort();
    expect(interim.map(({ status }) => status)).toEqual([100]);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect(await seen()).toMatchObject([{ target: '/api/expect', body: 'abc' }]);
  });

  it.each(['/admin-area/expect', '/nothing', '/public/a', '/public//a'])(
    'a body for %s, which is refused, is not asked for, and is no request when it comes all the same',
    async (target) => {
      const text = head(`POST ${target}`, `Content-Length: ${embedded.length}`, 'Expect: 100-continue') + embedded;
      const { interim, answers } = await sendRaw(world.gateway.port, text, 2);
      expect(interim).toEqual([]);
      expect(answers.map(({ status }) => status >= 400)).toEqual([true]);
      expect(await seen()).toEqual([]);
    },
  );
});

describe('pipelined requests', () => {
  it('are taken one after another, so that none overtakes the one before', async () => {
    const slow = [
      { kind: 'sleep', ms: 100 },
      { kind: 'write', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow' },
    ] as const;
    await world.upstream.script({ times: 1, steps: slow });
    const post = (name: string): string => `${head(`POST /api/${name}`, 'Content-Length: 1')}x`;
    const { answers } = await sendRaw(world.gateway.port, post('first') + post('second') + post('third'), 3);
    expect(answers.map(({ body }) => body)).toEqual(['slow', 'ok', 'ok']);
    expect((await seen()).map(({ target }) => target)).toEqual(['/api/first', '/api/second', '/api/third']);
  });

  it('are judged each on its own', async () => {
    const anonymous = `GET /api/x HTTP/1.1\r\nHost: h\r\n\r\n`;
    const text = [
      head('GET /api/1'),
      anonymous,
      head('GET /admin-area/1'),
      head('GET /public/1'),
      head('GET /api/2'),
    ].join('');
    const { answers } = await sendRaw(world.gateway.port, text, 5);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 403, 200, 200]);
    expect((await seen()).map(({ target }) => target)).toEqual(['/api/1', '/public/1', '/api/2']);
  });

  it.each([
    ['an ambiguous path', 'GET /public/%2e%2e/a HTTP/1.1\r\nHost: h\r\n\r\n'],
    ['a second Host', 'GET /public/a HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n'],
    ['a doubtful coding', 'POST /api/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['chunks in HTTP/1.0', 'POST /api/a HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a wrong version', 'GET /public/a HTTP/2.0\r\nHost: h\r\n\r\n'],
    ['an unknown expectation', 'POST /api/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: x\r\n\r\nx'],
  ])('behind one refused for %s are never taken', async (_, refused) => {
    const { answers, closed } = await sendRaw(world.gateway.port, refused + head('GET /public/smuggled'), 2);
    expect({ answers: answers.length, closed }).toEqual({ answers: 1, closed: true });
    expect(await seen()).toEqual([]);
  });

  it('in a flood end the connection, and nothing else', async () => {
    const slow = [
      { kind: 'sleep', ms: 200 },
      { kind: 'write', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow' },
    ] as const;
    await world.upstream.script({ times: 1, steps: slow });
    const { closed } = await sendRaw(world.gateway.port, head('GET /public/flood').repeat(3000), 3000);
    expect(closed).toBe(true);
    expect((await seen()).length).toBeLessThanOrEqual(1);
    expect((await sendRaw(world.gateway.port, head('GET /public/a'))).answers[0]?.status).toBe(200);
  });
});

const upgrade = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

describe('bytes sent before an upgrade is accepted', () => {
  it('wait for the 101 and then belong to the tunnel', async () => {
    const client = await openRaw(world.gateway.port);
    client.send(head('GET /ws/echo', ...upgrade) + embedded);
    const { answers, tunnelled } = await client.until((so) => so.tunnelled.length >= embedded.length);
    client.abort();
    expect(answers.map(({ status }) => status)).toEqual([101]);
    expect(tunnelled).toBe(embedded);
    expect(await seen()).toMatchObject([{ target: '/ws/echo', tunnelled: embedded }]);
  });

  it.each([
    ['the upstream', 'GET /ws/refused', 426, 1],
    ['the gateway', 'GET /admin-area/ws', 403, 0],
  ])('are thrown away when %s refuses', async (_, line, status, requests) => {
    const refused = await sendRaw(
      world.gateway.port,
      head(line, ...upgrade) + embedded + head('GET /public/smuggled'),
      2,
    );
    expect(statusesOf(refused)).toEqual([status]);
    expect(refused.closed).toBe(true);
    expect(await seen()).toHaveLength(requests);
    // The refused handshake's upstream connection serves nobody else.
    await sendRaw(world.gateway.port, head('GET /public/next'));
    expect(await seen()).toMatchObject([{ target: '/public/next', tunnelled: '' }]);
  });
});

function statusesOf({ answers }: Exchanged): number[] {
  return answers.map(({ status }) => status);
}
