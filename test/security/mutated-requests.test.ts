import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { openRaw } from '../support/raw-client.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { valuesOf } from '../support/wire-reader.ts';
import { readCases } from './corpus/corpus-case.ts';
import { expandText } from './corpus/macros.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

const groups = new Set(['framing', 'path', 'identity-headers', 'method-ws', 'credentials', 'target-host']);
/** Requests of a client that has the scope `read` alone, without those that wait, leave or are large. */
const seeds = readCases(new URL('../corpus/bad-inputs.jsonl', import.meta.url))
  .filter(({ group, raw }) => groups.has(group) && !/T_(?!READ)|\{\{(?:rep|abort|sleep)/.test(raw))
  .map(({ raw }) => raw);

const usual = 'Host: {{HOST}}\r\nAuthorization: Bearer {{T_READ}}\r\n';
const good = [
  `GET /api/items HTTP/1.1\r\n${usual}Accept: */*\r\nCookie: a=b\r\n\r\n`,
  `POST /api/items HTTP/1.1\r\n${usual}Content-Length: 5\r\n\r\nhello`,
  `POST /api/items HTTP/1.1\r\n${usual}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`,
  'GET /public/a/b?c=d HTTP/1.1\r\nHost: {{HOST}}\r\nX-Role: user\r\n\r\n',
  `GET /ws/echo HTTP/1.1\r\n${usual}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nearly`,
  `GET /api/a HTTP/1.0\r\n${usual}\r\n`,
];

const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '	',
  ':',
  ',',
  ';',
  '/',
  '..',
  '%2e',
  '%2f',
  '\\',
  '#',
  '?',
  '0',
  'ff',
  '\xA0',
  '\v',
  '\r\n\r\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'X-Auth-User: forged\r\n',
  'X_Auth_User: forged\r\n',
  'Connection: X-Auth-User\r\n',
  'Host: a\r\n',
  'Upgrade: h2c\r\n',
  '0\r\n\r\n',
  'GET /admin-area/x HTTP/1.1\r\nHost: a\r\n\r\n',
  ' HTTP/1.1',
  'HTTP/1.0',
  'POST ',
  'Expect: 100-continue\r\n',
  '\r\n ',
  '/admin-area/',
  '/public/',
  '//',
];
const mutation = fc.record({
  at: fc.nat({ max: 400 }),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 10),
  inserted: fc.constantFrom('', ...pieces),
});
type Mutation = { readonly at: number; readonly removed: number; readonly inserted: string };

function mutated(text: string, mutations: readonly Mutation[]): string {
  return mutations.reduce((now, { at, removed, inserted }) => {
    const place = at % (now.length + 1);
    return now.slice(0, place) + inserted + now.slice(place + removed);
  }, text);
}

/** Ends the connection in order, where it is understood as a request. */
const last = 'GET /public/last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';
const patienceMs = 100;

async function exchanged(bytes: string): Promise<number[]> {
  const client = await openRaw(world.gateway.port);
  client.send(bytes + last);
  const { answers } = await client.until(() => false, patienceMs);
  client.abort();
  return answers.map(({ status }) => status);
}

/** What holds for every request that comes out of the gateway, whatever went in. */
function isSound({ target, headers, trailers }: RecordedRequest): boolean {
  const own = (name: string): string[] => valuesOf(headers, name);
  const isPublic = /^\/public(?:[/?]|$)/.test(target);
  const isRead = /^\/(?:api|ws)(?:[/?]|$)/.test(target);
  const user = isPublic ? [] : [world.names.get('U_READ')];
  const folded = [...headers, ...trailers].map(
    ([name, value]) => [name.toLowerCase().replace(/[^a-z0-9]/g, '-'), value] as const,
  );
  const identity = folded.filter(([name]) => name === 'x-auth-user').map(([, value]) => value);
  return (
    (isPublic || isRead) &&
    JSON.stringify(identity) === JSON.stringify(user) &&
    own('x-request-id').length === 1 &&
    own('host').length === 1 &&
    own('authorization').length === 0 &&
    own('content-length').length + own('transfer-encoding').length <= 1
  );
}

it('whatever bytes come in, only sound requests come out, and the process lives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.constantFrom(...seeds), fc.constantFrom(...good)),
      fc.array(mutation, { maxLength: 4 }),
      async (seed, mutations) => {
        await world.upstream.take();
        const statuses = await exchanged(mutated(expandText(seed, world.names), mutations));
        const { requests, strayBytes } = await world.upstream.take();
        expect(requests.filter((request) => !isSound(request))).toEqual([]);
        expect({ strayBytes, isAlive: world.gateway.isAlive() }).toEqual({ strayBytes: [], isAlive: true });
        expect(statuses.filter((status) => status === 500)).toEqual([]);
      },
    ),
    { numRuns: count(300, 10_000) },
  );
  expect(world.gateway.log()).not.toContain('the gateway failed');
});
