import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { openRoute, startDataPlane, type DataPlane } from '../support/data-plane.ts';
import { answerText, lines, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';

// Bodies that have arrived whole go on as bytes, and all others as streams: nobody is to see which it was.

async function start(): Promise<{ upstream: RawUpstream; plane: DataPlane }> {
  const upstream = await startRawUpstream((request) => answerText('HTTP/1.1 200 OK', digest(request.body)));
  return { upstream, plane: await startDataPlane({ targets: [upstream.port], routes: [openRoute()] }) };
}

const digest = (body: string): string => createHash('sha256').update(body, 'latin1').digest('hex');
const bodyOf = (bytes: number): string => 'é\0\r\n'.repeat(bytes / 4 + 1).slice(0, bytes);
const post = (method: string, body: string): string =>
  lines(`${method} /a HTTP/1.1`, 'Host: h', `Content-Length: ${body.length}`) + body;

it.each([
  ['POST', 1],
  ['PUT', 4096],
  ['PATCH', 65_536],
  ['POST', 65_537],
  ['DELETE', 10],
  ['GET', 10],
  ['REPORT', 200_000],
])('%s with %i bytes arrives byte for byte, once, and is counted', async (method, bytes) => {
  const { upstream, plane } = await start();
  const body = bodyOf(bytes);
  const client = await dial(plane.port);
  client.send(post(method, body));
  await client.untilText(digest(body));
  expect(upstream.requests.map(({ startLine, body: { length } }) => [startLine, length])).toEqual([
    [`${method} /a HTTP/1.1`, bytes],
  ]);
  expect(await plane.nextReport()).toMatchObject({ status: 200, exchange: { bytesIn: bytes, aborted: false } });
});

it('several in one piece are each answered by its own, on one connection of the client', async () => {
  const { upstream, plane } = await start();
  const bodies = [10, 3000, 7].map(bodyOf);
  const client = await dial(plane.port);
  client.send(bodies.map((body) => post('POST', body)).join('') + lines('GET /end HTTP/1.1', 'Host: h'));
  for (const body of [...bodies, '']) await client.untilText(digest(body));
  expect(upstream.requests.map(({ body: { length } }) => length)).toEqual([10, 3000, 7, 0]);
});

it('one that comes in two parts goes on as it comes', async () => {
  const { upstream, plane } = await start();
  const client = await dial(plane.port);
  client.send(lines('POST /a HTTP/1.1', 'Host: h', 'Content-Length: 6') + 'abc');
  await (await upstream.wire(0)).untilText('abc');
  client.send('def');
  expect(await client.untilText(digest('abcdef'))).toContain('200 OK');
  expect(upstream.requests).toHaveLength(1);
});

it('one whose target refuses the connection goes to the next target whole', async () => {
  const { upstream } = await start();
  const closed = await startRawUpstream(answerText('HTTP/1.1 200 OK', 'never'));
  closed.close();
  const plane = await startDataPlane({ targets: [closed.port, upstream.port], routes: [openRoute()] });
  const body = bodyOf(500);
  const client = await dial(plane.port);
  client.send(post('POST', body));
  expect(await client.untilText(digest(body))).toContain('200 OK');
  expect(upstream.requests).toHaveLength(1);
});
