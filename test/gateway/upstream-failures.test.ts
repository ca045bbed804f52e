import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../src/core/route.ts';
import { idleAfterMs } from '../../src/gateway/forward-answer.ts';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { freePort } from '../support/free-port.ts';
import { only, readMessage, statusOf, type HttpMessage } from '../support/http-message.ts';
import { withinASecond } from '../support/settled.ts';
import { startSilentPort } from '../support/silent-port.ts';
import { answerText, ask, lines, MessageReader, startRawUpstream } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const ok = answerText('HTTP/1.1 200 OK', 'ok');
const get = lines('GET / HTTP/1.1', 'Host: h');
const post = `${lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 3')}abc`;

function expectProblem(answer: HttpMessage, status: number, code: string): void {
  expect(statusOf(answer)).toBe(status);
  expect(only(answer, 'x-wayleave-error')).toBe(code);
  expect(only(answer, 'content-type')).toBe('application/problem+json');
  expect(JSON.parse(answer.body)).toMatchObject({ status, code, request_id: only(answer, 'x-request-id') });
}

const timeouts = (given: Partial<Route['timeouts']>): Route =>
  openRoute({ timeouts: { connectMs: 2000, responseMs: 30_000, idleMs: 60_000, ...given } });

describe('an upstream that cannot be reached', () => {
  it.each([
    ['GET', get],
    ['POST', post],
    ['a POST whose body is still coming', lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 3')],
    [
      'a chunked POST whose body is still coming',
      `${lines('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked')}1\r\n`,
    ],
  ])('because it refuses is 502 for %s', async (_, request) => {
    const plane = await startDataPlane({ targets: [await freePort()] });
    const client = (await dial(plane.port)).send(request);
    expectProblem(await new MessageReader(client).next(), 502, 'upstream_unreachable');
    client.reset();
    await plane.nextReport();
    expect(statusOf(await ask(plane.port, lines('GET /.wayleave/healthz HTTP/1.1', 'Host: h')))).toBe(200);
  });

  it("because its name is nobody's is 502", async () => {
    const plane = await startDataPlane({ targets: ['http://no-such-host.invalid'] });
    expectProblem(await ask(plane.port, get), 502, 'upstream_unreachable');
  });

  describe('because it takes no connection', () => {
    let port = 0;
    beforeAll(async () => {
      port = await startSilentPort();
    });

    it('is 504 after the time for connecting', async () => {
      const plane = await startDataPlane({ targets: [port], connectMs: 300 });
      expectProblem(await ask(plane.port, get), 504, 'upstream_timeout');
    });

    it('is 504 for an upgrade, too, and only that long', async () => {
      const alive = await answerCalls();
      const routes = [timeouts({ connectMs: 300 })];
      const upgrade = lines('GET / HTTP/1.1', 'Host: h', 'Connection: upgrade', 'Upgrade: x');
      const alone = await startDataPlane({ targets: [port], routes });
      expectProblem(await ask(alone.port, upgrade), 504, 'upstream_timeout');
      const beside = await startDataPlane({ targets: [port, alive.port], routes });
      const client = (await dial(beside.port)).send(upgrade);
      await (await alive.wire(0)).untilText('Upgrade: x'.toLowerCase());
      client.reset();
    });

    it('leaves the request, body and all, to the next target', async () => {
      const alive = await startRawUpstream(ok);
      const plane = await startDataPlane({ targets: [port, alive.port], connectMs: 300 });
      expect(statusOf(await ask(plane.port, post))).toBe(200);
      expect(alive.requests.map(({ body }) => body)).toEqual(['abc']);
    });
  });
});

describe('an upstream that gives no answer', () => {
  // Side by side, for each waits for timers that look about once in a second.
  it.concurrent.each([
    ['GET', get],
    ['POST', post],
  ])('is 504 after the time for answering, and told so (%s)', async (_, request) => {
    const upstream = await answerCalls();
    const plane = await startDataPlane({ targets: [upstream.port], routes: [timeouts({ responseMs: 300 })] });
    expectProblem(await ask(plane.port, request), 504, 'upstream_timeout');
    await (
      await upstream.wire(0)
    ).closed;
  });

  it.each<[string, (wire: Wire) => void]>([
    ['ends the connection', (wire) => void wire.socket.end()],
    ['resets the connection', (wire) => wire.reset()],
    ['ends it within the head', (wire) => void wire.send('HTTP/1.1 200 OK\r\nX: ').socket.end()],
    ['resets it after an interim answer', (wire) => wire.send(lines('HTTP/1.1 102 Processing')).reset()],
  ])('but %s is 502', async (_, act) => {
    const upstream = await startRawUpstream((_request, wire) => {
      act(wire);
      return undefined;
    });
    const plane = await startDataPlane({ targets: [upstream.port] });
    expectProblem(await ask(plane.port, post), 502, 'upstream_invalid_response');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe.concurrent('a kept connection that was idle, on which the upstream answers no further request', () => {
  const ends: [string, (wire: Wire) => void][] = [
    ['ends', (wire) => void wire.socket.end()],
    ['is reset', (wire) => wire.reset()],
  ];

  /** Answers the first request on each connection (of all of them, when told so), and then acts. */
  async function servesOnce(
    act: (wire: Wire) => void,
    first: 'of each' | 'of all' = 'of each',
    idleMs = idleAfterMs + 50,
  ) {
    const served = new Set<Wire>();
    const upstream = await startRawUpstream((_request, wire) => {
      if (first === 'of each' ? served.has(wire) : served.size > 0) {
        act(wire);
        return undefined;
      }
      served.add(wire);
      return ok;
    });
    const plane = await startDataPlane({ targets: [upstream.port] });
    expect(statusOf(await ask(plane.port, get))).toBe(200);
    await delay(idleMs);
    return { upstream, plane };
  }

  it.each(['GET', 'HEAD', 'OPTIONS'].flatMap((method) => ends.map(([name, act]) => [method, name, act] as const)))(
    'loses no %s when it %s: the request goes out once more',
    async (method, _name, act) => {
      const { upstream, plane } = await servesOnce(act);
      const reader = new MessageReader((await dial(plane.port)).send(lines(`${method} /again HTTP/1.1`, 'Host: h')));
      expect(statusOf(await reader.next(method))).toBe(200);
      expect(upstream.requests.map(({ startLine }) => startLine)).toEqual([
        'GET / HTTP/1.1',
        `${method} /again HTTP/1.1`,
        `${method} /again HTTP/1.1`,
      ]);
    },
  );

  it.each([
    ['POST', lines('POST / HTTP/1.1', 'Host: h', 'Content-Length: 0')],
    ['DELETE', lines('DELETE / HTTP/1.1', 'Host: h')],
    ['GET with a body', `${lines('GET / HTTP/1.1', 'Host: h', 'Content-Length: 3')}abc`],
  ])('is 502 for %s, which may have had its effect', async (_, request) => {
    const { upstream, plane } = await servesOnce((wire) => void wire.socket.end());
    expectProblem(await ask(plane.port, request), 502, 'upstream_invalid_response');
    expect(upstream.requests).toHaveLength(2);
  });

  it.each<[string, string]>([
    ['noise', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an interim answer and the end', lines('HTTP/1.1 102 Processing')],
  ])('is 502 when it gives %s instead', async (_, text) => {
    const { upstream, plane } = await servesOnce((wire) => void wire.send(text).socket.end());
    expectProblem(await ask(plane.port, get), 502, 'upstream_invalid_response');
    expect(upstream.requests).toHaveLength(2);
  });

  it('is 502 when the connection had just served: it was not closed for being idle', async () => {
    const { upstream, plane } = await servesOnce((wire) => void wire.socket.end(), 'of each', 0);
    expectProblem(await ask(plane.port, get), 502, 'upstream_invalid_response');
    expect(upstream.requests).toHaveLength(2);
  });

  it('is 502 when the new connection ends as well: there is no third time', async () => {
    const { upstream, plane } = await servesOnce((wire) => void wire.socket.end(), 'of all');
    expectProblem(await ask(plane.port, get), 502, 'upstream_invalid_response');
    expect(upstream.requests).toHaveLength(3);
  });
});

describe('an answer that is none', () => {
  it.each([
    ['noise', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['status 099', 'HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n'],
    ['status 000', 'HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n'],
    ['status 600', 'HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n'],
    ['status 999', 'HTTP/1.1 999 Higher\r\nContent-Length: 0\r\n\r\n'],
    ['status 1000', 'HTTP/1.1 1000 Long\r\nContent-Length: 0\r\n\r\n'],
    ['status abc', 'HTTP/1.1 abc Text\r\nContent-Length: 0\r\n\r\n'],
    ['a switch of protocols that nobody asked for', 'HTTP/1.1 101 Sure\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\nContent-Length: 0\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello'],
    [
      'a coding that the client would not learn of',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    ],
    ['chunks within chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
    ['a coding that nobody knows', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\nConnection: close\r\n\r\nhello'],
    ['a header without a colon', 'HTTP/1.1 200 OK\r\nContent-Length 0\r\n\r\n'],
    ['a header with a bare CR', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n'],
    ['a header with NUL', 'HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n'],
    ['a header with an escape sequence', 'HTTP/1.1 200 OK\r\nX: a\x1b[2Jb\r\nContent-Length: 0\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X-Pad: '.padEnd(1000, 'x').concat('\r\n').repeat(80)}`],
  ])('%s is 502, and the next request is served', async (_, text) => {
    let first = true;
    const upstream = await startRawUpstream(() => {
      if (!first) return ok;
      first = false;
      return text;
    });
    const plane = await startDataPlane({ targets: [upstream.port] });
    const reader = new MessageReader((await dial(plane.port)).send(get));
    expectProblem(await reader.next(), 502, 'upstream_invalid_response');
    reader.wire.send(get);
    expect(await reader.next()).toMatchObject({ startLine: 'HTTP/1.1 200 OK', body: 'ok' });
  });
});

/** Half of an answer, and then something happens to the upstream. */
const halves: [string, string][] = [
  ['of known length', `${lines('HTTP/1.1 200 OK', 'Content-Length: 10')}hello`],
  [
    'of known length on a last connection',
    `${lines('HTTP/1.1 200 OK', 'Content-Length: 10', 'Connection: close')}hello`,
  ],
  ['in chunks', `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`],
  ['in chunks, within one', `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}a\r\nhello`],
  [
    'in chunks on a last connection',
    `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Connection: close')}5\r\nhello\r\n`,
  ],
  ['in chunks without the last line', `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n`],
];

async function halfAnswered(text: string, route?: Route, version = '1.1') {
  const upstream: Switchboard = await answerCalls();
  const plane: DataPlane = await startDataPlane({ targets: [upstream.port], ...(route && { routes: [route] }) });
  const client = (await dial(plane.port)).send(lines(`GET / HTTP/${version}`, 'Host: h'));
  const wire = await upstream.wire(0);
  await wire.untilText('\r\n\r\n');
  wire.send(text);
  await client.untilText('hello');
  return { client, wire, plane };
}

describe('an upstream that dies in the middle of its answer', () => {
  const deaths: [string, (wire: Wire) => void][] = [
    ['ends', (wire) => void wire.socket.end()],
    ['is reset', (wire) => wire.reset()],
  ];
  const cases = halves.flatMap(([framing, text]) => deaths.map(([name, die]) => [framing, name, text, die] as const));

  it.each(cases)(
    '%s: when its connection %s, the client can tell that something is missing',
    async (_framing, _name, text, die) => {
      const { client, wire, plane } = await halfAnswered(text);
      die(wire);
      await withinASecond(client.closed, 'the client is cut off');
      expect(readMessage(client.text, { ended: true }).kind).toBe('partial');
      expect((await plane.nextReport()).status).toBe(200);
    },
  );

  it.each(cases)('%s: when its connection %s, so can an HTTP/1.0 client', async (_framing, _name, text, die) => {
    const { client, wire } = await halfAnswered(text, undefined, '1.0');
    die(wire);
    await withinASecond(client.closed, 'the client is cut off');
    const isIncomplete = readMessage(client.text, { ended: true }).kind === 'partial';
    expect(isIncomplete || client.error?.code === 'ECONNRESET').toBe(true);
  });

  it.concurrent.each([
    ...halves,
    ['of unknown length', `${lines('HTTP/1.1 200 OK', 'Connection: close')}hello`] as [string, string],
  ])('%s: when it falls silent, the client is cut off after the idle time', async (_, text) => {
    const { client, wire } = await halfAnswered(text, timeouts({ idleMs: 300 }));
    await client.closed;
    expect(readMessage(client.text, { ended: true }).kind).toBe('partial');
    await wire.closed;
  });
});
