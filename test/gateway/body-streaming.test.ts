import { describe, expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { settled } from '../support/settled.ts';
import { answerText, lines } from '../support/speak-http.ts';
import { answerCalls, dial, type Switchboard, type Wire } from '../support/wire.ts';

const get = lines('GET / HTTP/1.1', 'Host: h');
/** A byte that no head holds. */
const filling = 0xfe;
const piece = Buffer.alloc(64 * 1024, filling);
const pieces = 1024;
const total = piece.length * pieces;
/** More than kernel buffers hold on both hops, and far less than the body. */
const bufferedAtMost = 32 * 1024 * 1024;

async function start(): Promise<{ upstream: Switchboard; plane: DataPlane }> {
  const upstream = await answerCalls();
  const plane = await startDataPlane({
    targets: [upstream.port],
    routes: [openRoute({ maxBodyBytes: Infinity })],
    limits: { bodyIdleMs: 60_000 },
  });
  return { upstream, plane };
}

/** Sends the whole body as fast as the other end takes it, in the framing its head announced. */
async function pour(wire: Wire, isChunked: boolean): Promise<void> {
  const frame = isChunked ? Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')]) : piece;
  for (let sent = 0; sent < pieces; sent++) {
    if (!wire.socket.write(frame)) await new Promise((resolve) => wire.socket.once('drain', resolve));
  }
  if (isChunked) wire.send('0\r\n\r\n');
}

/** How much of the body has arrived. */
function arrived({ buffer }: Wire): number {
  let count = 0;
  for (const byte of buffer) if (byte === filling) count++;
  return count;
}

const framings: [string, string, boolean][] = [
  ['of known length', `Content-Length: ${total}`, false],
  ['in chunks', 'Transfer-Encoding: chunked', true],
];

describe('an answer', () => {
  it('arrives head first, although no byte of its body is there', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get);
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(lines('HTTP/1.1 200 OK', 'Content-Type: text/event-stream', 'X: \xfcber', 'Transfer-Encoding: chunked'));
    expect(await client.untilText('\r\n\r\n')).toContain('text/event-stream\r\nX: \xfcber\r\n');
    for (const event of ['data: 1\n\n', 'data: 22\n\n', 'data: 333\n\n']) {
      wire.send(`${event.length.toString(16)}\r\n${event}\r\n`);
      await client.untilText(event);
    }
  });

  it.each(framings)('%s waits at the upstream while the client does not read', async (_, framing, isChunked) => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(get);
    client.socket.pause();
    const wire = await upstream.wire(0);
    await wire.untilText('\r\n\r\n');
    wire.send(lines('HTTP/1.1 200 OK', framing));
    const poured = pour(wire, isChunked);
    const sent = (): number => wire.socket.bytesWritten - wire.socket.writableLength;
    expect(await settled(sent)).toBeLessThan(bufferedAtMost);
    client.socket.resume();
    await poured;
    await expect.poll(() => client.bytes).toBeGreaterThanOrEqual(total);
    await expect.poll(() => arrived(client)).toBe(total);
    if (isChunked) await expect.poll(() => client.buffer.subarray(-7).toString()).toBe('\r\n0\r\n\r\n');
  });
});

describe('a request body', () => {
  it.each([
    ['of known length', 'Content-Length: 6', (text: string) => text],
    ['in chunks', 'Transfer-Encoding: chunked', (text: string) => `2\r\n${text}\r\n`],
  ])('%s arrives piece by piece as the client sends it', async (_, framing, frame) => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(lines('POST / HTTP/1.1', 'Host: h', framing));
    let seen = '';
    for (const text of ['ab', 'cd', 'ef']) {
      client.send(frame(text));
      seen = await (await upstream.wire(0)).untilText(text);
    }
    expect(seen).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
    (await upstream.wire(0)).send(answerText('HTTP/1.1 200 OK', 'early'));
    expect(await client.untilText('early')).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it.each(framings)('%s waits at the client while the upstream does not read', async (_, framing, isChunked) => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(lines('POST / HTTP/1.1', 'Host: h', framing));
    const poured = pour(client, isChunked);
    const wire = await upstream.wire(0);
    wire.socket.pause();
    const sent = (): number => client.socket.bytesWritten - client.socket.writableLength;
    expect(await settled(sent)).toBeLessThan(bufferedAtMost);
    wire.socket.resume();
    await poured;
    await expect.poll(() => wire.bytes).toBeGreaterThanOrEqual(total);
    await expect.poll(() => arrived(wire)).toBe(total);
    if (isChunked) await expect.poll(() => wire.buffer.subarray(-7).toString()).toBe('\r\n0\r\n\r\n');
    wire.send(answerText('HTTP/1.1 200 OK', 'thanks'));
    await client.untilText('thanks');
  });

  it('and the answer to it flow at the same time', async () => {
    const { upstream, plane } = await start();
    const client = (await dial(plane.port)).send(lines('POST / HTTP/1.1', 'Host: h', 'Transfer-Encoding: chunked'));
    client.send('4\r\nping\r\n');
    const wire = await upstream.wire(0);
    await wire.untilText('ping');
    wire.send(`${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}4\r\npong\r\n`);
    await client.untilText('pong');
    client.send('4\r\nPING\r\n');
    await wire.untilText('PING');
    wire.send('4\r\nPONG\r\n');
    await client.untilText('PONG');
    client.send('0\r\n\r\n');
    await wire.untilText('\r\n0\r\n\r\n');
    wire.send('0\r\n\r\n');
    expect(await client.untilText('\r\n0\r\n\r\n')).toMatch(/pong[^]*PONG/);
  });
});
