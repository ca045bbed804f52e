import { describe, expect, it } from 'vitest';
import { announcedPorts, startProgram } from '../support/child-gateway.ts';
import { startDataPlane } from '../support/data-plane.ts';
import { statusOf, type HttpMessage } from '../support/http-message.ts';
import { routeFixture } from '../support/route-fixture.ts';
import { lines, MessageReader, startRawUpstream, type RawUpstream } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';
import { chunks, ordinaryCases, type OrdinaryCase } from './ordinary-cases.ts';

const seed = Number(process.env['TEST_SEED'] ?? 20_261_122);
const amount = 200;
const cases = ordinaryCases(seed, amount);

/**
 * What is set aside when requests at the upstream are compared, each with its reason. Beyond these: the order and the
 * case of names, and fields sent twice, which http-proxy merges and the gateway keeps (test/gateway/forwarded-request).
 */
const asideInRequests = {
  connection: 'belongs to the connection',
  'transfer-encoding': 'belongs to the connection; the framing itself is compared',
  authorization: 'the gateway keeps the token to itself',
  'x-auth-*': 'identity, which only the gateway sends',
  via: 'http-proxy does not name itself (RFC 9110, section 7.6.3)',
  'x-request-id': 'only the gateway numbers requests',
  traceparent: 'only the gateway continues traces',
  'x-forwarded-for': 'http-proxy passes on what the client claims',
  'x-forwarded-proto': 'the same',
  'x-forwarded-host': 'the same',
};

const asideInAnswers = {
  connection: 'belongs to the connection',
  'keep-alive': 'belongs to the connection',
  'transfer-encoding': 'belongs to the connection; the framing itself is compared',
  via: 'http-proxy does not name itself',
  'x-request-id': 'only the gateway numbers requests',
};

interface Seen {
  readonly request: Comparable;
  readonly answer: Comparable;
}

interface Comparable {
  readonly startLine: string;
  readonly fields: Record<string, string>;
  readonly framing: HttpMessage['framing'];
  readonly body: string;
}

function comparable(message: HttpMessage, aside: Record<string, string>): Comparable {
  const fields: Record<string, string> = {};
  for (const [name, value] of message.fields) {
    const lower = name.toLowerCase();
    if (lower in aside || (lower.startsWith('x-auth-') && 'x-auth-*' in aside)) continue;
    const former = fields[lower];
    fields[lower] = former === undefined ? value : `${former}${lower === 'cookie' ? '; ' : ', '}${value}`;
  }
  const { startLine, body } = message;
  // An empty body is one however it is framed: no chunk, no length, or a length of 0.
  const isEmpty = body === '' && (fields['content-length'] ?? '0') === '0';
  if (isEmpty) delete fields['content-length'];
  const framing = isEmpty ? 'none' : message.framing;
  return { startLine, fields, framing, body };
}

function requestText({ number, method, target, fields, body, isChunked }: OrdinaryCase, token: string): string {
  const framing = body === '' ? [] : [isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`];
  const own = ['Host: api.example', `X-Case: ${number}`, `Authorization: Bearer ${token}`];
  return lines(`${method} ${target} HTTP/1.1`, ...own, ...fields, ...framing) + (isChunked ? chunks(body, 5000) : body);
}

function startUpstream(): Promise<RawUpstream> {
  return startRawUpstream((request, wire) => {
    const number = Number(request.fields.find(([name]) => name.toLowerCase() === 'x-case')?.[1]);
    const found = cases[number];
    if (found === undefined) throw new Error(`there is no case ${number}`);
    wire.send(found.answer);
    if (found.endsConnection) wire.socket.end();
    return undefined;
  });
}

async function ask(port: number, upstream: RawUpstream, one: OrdinaryCase, token: string): Promise<Seen> {
  const reader = new MessageReader((await dial(port)).send(requestText(one, token)));
  const answer = await reader.next(one.method);
  reader.wire.socket.destroy();
  const request = upstream.requests.at(-1);
  if (request === undefined) throw new Error(`case ${one.number} did not reach the upstream: ${statusOf(answer)}`);
  return { request: comparable(request, asideInRequests), answer: comparable(answer, asideInAnswers) };
}

describe(`${amount} ordinary requests (TEST_SEED=${seed})`, () => {
  it('are the same at the upstream, and their answers at the client, as through http-proxy', async () => {
    const [behindOurs, behindTheirs] = [await startUpstream(), await startUpstream()];
    const plane = await startDataPlane({ targets: [behindOurs.port], routes: [routeFixture({ path: '/**' })] });
    const [theirs = 0] = announcedPorts(
      await startProgram('differential/http-proxy.child.ts', [String(behindTheirs.port)]),
    );
    const token = plane.issue();
    for (const one of cases) {
      const ours = await ask(plane.port, behindOurs, one, token);
      expect(ours, `case ${one.number}: ${one.method} ${one.target}`).toEqual(
        await ask(theirs, behindTheirs, one, token),
      );
    }
    expect(behindOurs.requests).toHaveLength(amount);
    expect(behindTheirs.requests).toHaveLength(amount);
  });

  it('are many different ones', () => {
    const texts = new Set(cases.map((one) => requestText(one, '') + one.answer));
    expect(texts.size).toBe(amount);
    expect(new Set(cases.map(({ method }) => method)).size).toBe(8);
    expect(new Set(cases.map(({ answer }) => answer.slice(9, 12))).size).toBeGreaterThan(18);
    expect(cases.filter(({ isChunked }) => isChunked).length).toBeGreaterThan(10);
    expect(cases.filter(({ endsConnection }) => endsConnection).length).toBeGreaterThan(20);
  });
});
