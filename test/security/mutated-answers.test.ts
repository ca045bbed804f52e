import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { openRaw, sendRaw } from '../support/raw-client.ts';
import { readCases } from './corpus/corpus-case.ts';
import { expandText } from './corpus/macros.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ namesHosts: false });
});

const odd = ['bad-inputs.jsonl', 'own-cases.jsonl']
  .flatMap((file) => readCases(new URL(`../corpus/${file}`, import.meta.url)))
  .flatMap(({ upstreamSends }) => upstreamSends ?? [])
  .filter((bytes) => !/\{\{(?!rep:)/.test(bytes));
const good = [
  'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno',
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nframes',
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
  '0',
  'ff',
  '',
  'é',
  '\r\n\r\n',
  'HTTP/1.1 ',
  ' 099 ',
  ' 1000 ',
  'Content-Length: 5\r\n',
  'Content-Length: 50\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Connection: close, Via\r\n',
  'X-Auth-User: forged\r\n',
  'x_wayleave_error: forged\r\n',
  'Set-Cookie: wayleave_console=forged\r\n',
  'Upgrade: h2c\r\n',
];
const mutation = fc.record({
  at: fc.nat({ max: 400 }),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 10),
  inserted: fc.constantFrom('', ...pieces),
});
const answers = fc
  .tuple(fc.oneof(fc.constantFrom(...odd), fc.constantFrom(...good)), fc.array(mutation, { maxLength: 4 }))
  .map(([seed, mutations]) =>
    mutations.reduce(
      (now, { at, removed, inserted }) => {
        const place = at % (now.length + 1);
        return now.slice(0, place) + inserted + now.slice(place + removed);
      },
      expandText(seed, new Map()),
    ),
  );

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

function head(target: string, fields = ''): string {
  return `GET ${target} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${world.names.get('T_READ')}\r\n${fields}\r\n`;
}

it('whatever an upstream answers, its client gets one sound answer or none, and the next client its own', async () => {
  await fc.assert(
    fc.asyncProperty(answers, fc.boolean(), fc.boolean(), async (bytes, isUpgrade, closes) => {
      await world.upstream.script({
        times: 1,
        steps: [{ kind: 'write', bytes }, ...(closes ? [{ kind: 'close' } as const] : [])],
      });
      const client = await openRaw(world.gateway.port, ['GET']);
      client.send(head('/ws/x', isUpgrade ? upgrade : ''));
      const seen = await client.until((so) => so.answers[0]?.complete === true, 100);
      client.abort();
      await world.upstream.script(undefined);
      const next = await sendRaw(world.gateway.port, head('/api/next'));
      expect({ bytes, next: next.answers[0]?.body }).toEqual({ bytes, next: 'ok' });
      expect({ bytes, stray: seen.strayBytes, count: seen.answers.length <= 1 }).toEqual({
        bytes,
        stray: '',
        count: true,
      });
      const fields = [...seen.interim, ...seen.answers].flatMap(({ headers, trailers }) => [...headers, ...trailers]);
      const named = fields.filter(([name]) => /^(?:x[-_.](?:auth|wayleave)|set-cookie)/i.test(name));
      expect({ bytes, forged: named.filter(([, value]) => value.includes('=forged') || value === 'forged') }).toEqual({
        bytes,
        forged: [],
      });
      expect({ bytes, fault: seen.answers.some(({ status }) => status === 500) && !bytes.includes('500') }).toEqual({
        bytes,
        fault: false,
      });
      expect(world.gateway.isAlive()).toBe(true);
    }),
    { numRuns: count(200, 5000) },
  );
  expect(world.gateway.log()).not.toContain('the gateway failed');
});
