import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { readMessage, statusOf } from '../support/http-message.ts';
import { withinASecond } from '../support/settled.ts';
import { answerText, lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const piece = 'x'.repeat(64 * 1024);

async function start(): Promise<{ upstream: Switchboard; plane: DataPlane }> {
  const upstream = await answerCalls();
  const routes = [openRoute({ maxBodyBytes: Infinity })];
  return { upstream, plane: await startDataPlane({ targets: [upstream.port], routes }) };
}

const framings: [string, string, (text: string) => string, string][] = [
  ['of known length', `Content-Length: ${16 * piece.length}`, (text) => text, ''],
  ['in chunks', 'Transfer-Encoding: chunked', (text) => `${text.length.toString(16)}\r\n${text}\r\n`, '0\r\n\r\n'],
];

async function begin(framing: string, first: string): Promise<{ client: Wire; wire: Wire; plane: DataPlane }> {
  const { upstream, plane } = await start();
  const client = (await dial(plane.port)).send(lines('POST /1 HTTP/1.1', 'Host: h', framing) + first);
  const wire = await upstream.wire(0);
  await wire.until((text) => text.includes('xxx'));
  return { client, wire, plane };
}

describe('an upstream that answers before it has the whole body', () => {
  it.each(framings)('%s is heard, and the client may finish and go on', async (_, framing, frame, last) => {
    const { client, wire, plane } = await begin(framing, frame(piece));
    const reader = new MessageReader(client);
    wire.send(answerText('HTTP/1.1 403 Forbidden', 'no need for more'));
    expect(await reader.next()).toMatchObject({ startLine: 'HTTP/1.1 403 Forbidden', body: 'no need for more' });
    await withinASecond(wire.closed, 'a half-sent request is not left open');
    for (let sent = 1; sent < 16; sent++) client.send(frame(piece));
    client.send(`${last}${lines('GET /.wayleave/healthz HTTP/1.1', 'Host: h')}`);
    expect(statusOf(await reader.next())).toBe(200);
    expect(await plane.connections()).toBe(1);
  });

  it.concurrent.each(framings)(
    '%s is heard by a client that never finishes, whose connection then ends',
    async (_, framing, frame) => {
      const { client, wire } = await begin(framing, frame(piece));
      wire.send(answerText('HTTP/1.1 403 Forbidden', 'no need for more'));
      expect(await new MessageReader(client).next()).toMatchObject({ body: 'no need for more' });
      await client.closed;
      expect(client.text).toMatch(/no need for more$/);
    },
  );

  it.each(framings)('%s, and hangs up, is heard all the same', async (_, framing, frame) => {
    const { client, wire } = await begin(framing, frame(piece));
    wire.send(answerText('HTTP/1.1 413 Content Too Large\r\nConnection: close', 'no need for more')).socket.end();
    expect(await new MessageReader(client).next()).toMatchObject({ body: 'no need for more' });
  });

  it.each(['HTTP/1.1', 'HTTP/1.0'])(
    'is heard by a client that sends on over its last connection (%s)',
    async (version) => {
      const { upstream, plane } = await start();
      for (let attempt = 0; attempt < 20; attempt++) {
        const head = lines(
          `POST /1 ${version}`,
          'Host: h',
          'Connection: close',
          `Content-Length: ${16 * piece.length}`,
        );
        const client = (await dial(plane.port)).send(head + piece);
        const wire = await upstream.wire(attempt);
        await wire.until((text) => text.includes('xxx'));
        wire.send(answerText('HTTP/1.1 403 Forbidden\r\nConnection: close', 'no need for more'));
        for (let sent = 1; sent < 16; sent++) {
          client.send(piece);
          await delay(0);
        }
        expect(await new MessageReader(client).next()).toMatchObject({ body: 'no need for more' });
        client.socket.destroy();
      }
    },
  );

  it('never makes what is left of the body a request of its own', async () => {
    const { client, wire, plane } = await begin('Content-Length: 200', 'xxx');
    wire.send(answerText('HTTP/1.1 403 Forbidden', 'no'));
    const reader = new MessageReader(client);
    await reader.next();
    client.send(lines('GET /smuggled HTTP/1.1', 'Host: h').padEnd(197, 'y'));
    client.send(lines('GET /.wayleave/healthz HTTP/1.1', 'Host: h'));
    expect(statusOf(await reader.next())).toBe(200);
    expect(plane.reports.map(({ request }) => request?.path.path)).not.toContain('/smuggled');
    expect(readMessage(wire.text).kind).toBe('partial');
  });
});

describe('a request that is refused while its body is on its way', () => {
  it('makes nothing of what follows it on the connection', async () => {
    const { upstream, plane } = await start();
    const refused = lines('POST //x HTTP/1.1', 'Host: h', 'Content-Length: 3');
    const client = (await dial(plane.port)).send(`${refused}abc${lines('GET /next HTTP/1.1', 'Host: h')}`);
    expect(statusOf(await new MessageReader(client).next())).toBe(400);
    await client.closed;
    expect(client.text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(upstream.wires).toHaveLength(0);
  });
});
