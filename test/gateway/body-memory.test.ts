import { describe, expect, it } from 'vitest';
import { startChildGateway } from '../support/child-gateway.ts';
import { count } from '../support/counts.ts';
import { readMessage } from '../support/http-message.ts';
import { lines, MessageReader } from '../support/speak-http.ts';
import { answerCalls, dial, type Wire } from '../support/wire.ts';

const mebibyte = 1024 * 1024;
const total = count(256, 1024) * mebibyte;
const growthMax = 64 * mebibyte;
const piece = Buffer.alloc(256 * 1024, 'x');

/** Counts bytes without keeping them, from here on. */
function countOnly(wire: Wire): () => number {
  let bytes = 0;
  wire.socket.removeAllListeners('data');
  wire.socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
  return () => bytes;
}

async function pour(wire: Wire, isChunked: boolean, bytes: number): Promise<void> {
  const frame = isChunked
    ? Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
    : piece;
  for (let sent = 0; sent < bytes; sent += piece.length) {
    if (!wire.socket.write(frame)) await new Promise((resolve) => wire.socket.once('drain', resolve));
  }
  if (isChunked) wire.send('0\r\n\r\n');
}

const framings: [string, (bytes: number) => string, boolean][] = [
  ['of known length', (bytes) => `Content-Length: ${bytes}`, false],
  ['in chunks', () => 'Transfer-Encoding: chunked', true],
];

async function start() {
  const upstream = await answerCalls();
  return { upstream, gateway: await startChildGateway([`http://127.0.0.1:${upstream.port}`]) };
}

describe(`a body of ${total / mebibyte} MiB leaves the memory of the gateway flat`, () => {
  it.for(framings)('on its way up, %s', async ([, framing, isChunked], { annotate }) => {
    const { upstream, gateway } = await start();
    const upload = async (bytes: number, number: number): Promise<void> => {
      const client = (await dial(gateway.port)).send(lines('PUT / HTTP/1.1', 'Host: h', framing(bytes)));
      const poured = pour(client, isChunked, bytes);
      const wire = await upstream.wire(number);
      await wire.untilText('\r\n\r\n');
      const counted = countOnly(wire);
      await poured;
      await expect.poll(counted, { timeout: 60_000 }).toBeGreaterThan(bytes - mebibyte);
      wire.send(lines('HTTP/1.1 204 No Content', 'Connection: close'));
      expect((await new MessageReader(client).next()).startLine).toBe('HTTP/1.1 204 No Content');
    };
    await upload(64 * mebibyte, 0);
    const before = await gateway.memory();
    await upload(total, 1);
    const { peak } = await gateway.memory();
    await annotate(`memory grew by ${Math.round((peak - before.rss) / mebibyte)} MiB`);
    expect(peak - before.rss).toBeLessThan(growthMax);
  });

  it.for(framings)('on its way down, %s', async ([, framing, isChunked], { annotate }) => {
    const { upstream, gateway } = await start();
    const download = async (bytes: number, number: number): Promise<void> => {
      const client = (await dial(gateway.port)).send(lines('GET / HTTP/1.1', 'Host: h'));
      const wire = await upstream.wire(number);
      await wire.untilText('\r\n\r\n');
      wire.send(lines('HTTP/1.1 200 OK', 'Connection: close', framing(bytes)));
      const head = await client.untilText('\r\n\r\n');
      expect(readMessage(head, { answerTo: 'HEAD' }).kind).toBe('complete');
      const counted = countOnly(client);
      await pour(wire, isChunked, bytes);
      await expect.poll(counted, { timeout: 60_000 }).toBeGreaterThan(bytes - mebibyte);
      client.socket.destroy();
    };
    await download(64 * mebibyte, 0);
    const before = await gateway.memory();
    await download(total, 1);
    const { peak } = await gateway.memory();
    await annotate(`memory grew by ${Math.round((peak - before.rss) / mebibyte)} MiB`);
    expect(peak - before.rss).toBeLessThan(growthMax);
  });
});
