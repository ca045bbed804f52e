import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { identityPresets } from '../../src/core/identity.ts';
import { count } from '../support/counts.ts';
import { methodsIn, openRaw } from '../support/raw-client.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

/** Written out here, not taken from the source: what the contract says no client may say to an upstream. */
const reserved = Object.values(identityPresets)
  .flatMap((headers) => headers.map(([name]) => name))
  .concat(['X-Auth-Assertion', 'X-Auth-Assume-Id', 'X-Auth-Anything', 'X-Wayleave-Error', 'X-Wayleave-Anything'])
  .concat(['Assume-User', 'Assume-Reason', 'X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])
  .concat(['X-Original-URL', 'X-Rewrite-URL', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP', 'Forwarded'])
  .concat(['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'X-Request-Id', 'traceparent']);
const honest = ['Accept', 'User-Agent', 'X-Role', 'X-Authority', 'Xauth-User', 'X-Author', 'If-Match', 'Remote-Users'];

/** As CGI-like upstreams read a name: any other character is a dash, any case the same. */
const folded = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '-');
const forbidden = new Set(reserved.map(folded));

const marker = 'forged';
const separators = "-_.!#$%&'*+^`|~";

/** A reserved name in another case and with other characters for its dashes. */
const respelled = fc
  .tuple(fc.constantFrom(...reserved), fc.array(fc.nat(), { minLength: 40, maxLength: 40 }))
  .map(([name, choices]) => [...name].map((letter, at) => respell(letter, choices[at] ?? 0)).join(''));

function respell(letter: string, choice: number): string {
  if (letter === '-') return choice % 2 === 0 ? '-' : (separators[choice % separators.length] ?? '-');
  return choice % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase();
}

/** Spelled right, these are no forgery: they ask to be another user, by a token that is none here. */
const asks = new Set(['assume-user', 'assume-reason']);
const forgedName = respelled.filter((name) => !asks.has(name.toLowerCase()));
const forgedField = fc.tuple(forgedName, fc.constantFrom(marker, `${marker}, admin`, `a ${marker}`));
const honestField = fc.tuple(fc.constantFrom(...honest), fc.constantFrom('1', '', 'x, y'));
const fields = fc.array(fc.oneof({ weight: 2, arbitrary: forgedField }, honestField), { maxLength: 20 });
const nominated = fc.array(fc.oneof(respelled, fc.constantFrom(...reserved)), { maxLength: 4 });

const upgrade = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const ways = {
  protected: { line: 'GET /api/items', isUpgrade: false, hasTrailers: false, hasIdentity: true },
  public: { line: 'GET /public/a', isUpgrade: false, hasTrailers: false, hasIdentity: false },
  trailers: { line: 'POST /api/items', isUpgrade: false, hasTrailers: true, hasIdentity: true },
  upgrade: { line: 'GET /ws/echo', isUpgrade: true, hasTrailers: false, hasIdentity: true },
  'public upgrade': { line: 'GET /public/ws', isUpgrade: true, hasTrailers: false, hasIdentity: false },
};
type Way = (typeof ways)[keyof typeof ways];
type Fields = readonly (readonly [string, string])[];

function requestText(way: Way, sent: Fields, connection: readonly string[]): string {
  const lines = sent.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const named = [...(way.isUpgrade ? ['Upgrade'] : []), ...connection];
  const head =
    `${way.line} HTTP/1.1\r\nHost: ${world.names.get('HOST')}\r\nAuthorization: Bearer ${world.names.get('T_READ')}\r\n` +
    `${named.length === 0 ? '' : `Connection: ${named.join(', ')}\r\n`}${way.isUpgrade ? upgrade : ''}`;
  return way.hasTrailers
    ? `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n0\r\n${lines}\r\n`
    : `${head}${lines}\r\n`;
}

async function seenUpstream(way: Way, sent: Fields, connection: readonly string[]): Promise<RecordedRequest> {
  await world.upstream.take();
  const text = requestText(way, sent, connection);
  const client = await openRaw(world.gateway.port, methodsIn(text));
  client.send(text);
  const { answers } = await client.until((seen) => seen.answers[0]?.complete === true);
  client.abort();
  expect(answers[0]?.status).toBe(way.isUpgrade ? 101 : 200);
  const { requests } = await world.upstream.take();
  const [request] = requests;
  if (request === undefined || requests.length > 1) throw new Error(`${requests.length} requests upstream`);
  return request;
}

describe.each(Object.entries(ways))('%s', (_, way) => {
  it('the upstream gets no reserved header of the client, however it is spelled, doubled or named in Connection', async () => {
    await fc.assert(
      fc.asyncProperty(fields, nominated, async (sent, connection) => {
        const { headers, trailers } = await seenUpstream(way, sent, connection);
        const forged = [...headers, ...trailers].filter(([, value]) => value.includes(marker));
        expect(forged).toEqual([]);
        const own = headers.filter(([name]) => forbidden.has(folded(name)) && folded(name).startsWith('x-auth-'));
        const user = own.filter(([name]) => folded(name) === 'x-auth-user').map(([, value]) => value);
        expect(user).toEqual(way.hasIdentity ? [world.names.get('U_READ')] : []);
        expect(own.length > 0).toBe(way.hasIdentity);
        const named = headers
          .filter(([name]) => name.toLowerCase() === 'connection')
          .map(([, value]) => value.toLowerCase());
        expect(named).toEqual([way.isUpgrade ? 'upgrade' : 'keep-alive']);
      }),
      { numRuns: count(40, 2000) },
    );
  });
});

it('the upstream gets every honest header in its order and spelling', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(honestField, { maxLength: 20 }), async (sent) => {
      const { headers } = await seenUpstream(ways.protected, sent, []);
      expect(headers.filter(([name]) => honest.includes(name))).toEqual(sent);
    }),
    { numRuns: count(20, 500) },
  );
});
