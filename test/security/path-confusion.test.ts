import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPathWorld, type PathWorld } from './path-world.ts';

let world: PathWorld;
beforeAll(async () => {
  world = await startPathWorld();
});
beforeEach(async () => {
  await world.targets();
});

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

/** Each kind of trick of the contract's section 3, behind a prefix. */
const tricks = {
  'literal dot segments': ['/../secret/a', '/./a', '/a/..', '/.'],
  'encoded dot segments': ['/%2e%2e/secret/a', '/%2E./secret/a', '/.%2e/secret/a', '/%2e/a'],
  'empty segments': ['//secret/a', '/a//b', '/a//'],
  backslashes: ['/..\\secret\\a', '/a\\b', '/%5c..%5csecret', '/a%5Cb'],
  'encoded slashes that hide dots': ['/..%2fsecret/a', '/a%2f..%2f..%2fsecret', '/%2e%2e%2Fsecret'],
  'NUL and other controls': ['/a%00', '/.%00./secret', '/a%0d%0ab', '/a%7f', '/a%c2%85'],
  fragments: ['/a#/secret', '/a?b#c'],
  'bad percent escapes': ['/%', '/%2', '/%zz', '/%u002e%u002e/secret'],
  'bytes that are not UTF-8': ['/%ff', '/%c0%ae%c0%ae/secret', '/..%c0%af..%c0%afsecret', '/%ed%a0%80'],
  'parameters that hide dots': ['/..;/secret/a', '/.;a=b/a', '/;a/b', '/..%3B/secret'],
  'what one more decoding turns into dots or slashes': [
    '/%252e%252e/secret',
    '/a%252fb',
    '/a%255cb',
    '/a%253bb',
    '/a%2500',
  ],
  'what compatibility turns into dots or slashes': [
    '/%ef%bc%8e%ef%bc%8e/secret',
    '/a%ef%bc%8fb',
    '/a%ef%bc%bcb',
    '/a%ef%bc%9bb',
    '/%e2%80%a5/secret',
    '/%ef%bc%852e%ef%bc%852e/secret',
  ],
};

/** Every kind of access, and the switches that let more of a path pass. */
const prefixes = [
  '/public',
  '/api',
  '/secret',
  '/files',
  '/parameters',
  '/stripped',
  '/rewritten/a/x',
  '/both/a',
  '/.wayleave',
  '/nothing',
];

describe.each(Object.entries(tricks))('%s', (_, paths) => {
  it.each(prefixes)('are refused below %s, with a token and without, before any route is asked', async (prefix) => {
    for (const path of paths) {
      for (const fields of [
        '',
        `Authorization: Bearer ${world.token}\r\n`,
        `Authorization: Bearer ${world.token}\r\n${upgrade}`,
      ]) {
        const seen = await world.get(prefix + path, fields);
        expect({ path, status: seen?.status, body: seen?.body }).toMatchObject({ path, status: 400 });
        expect(JSON.parse(seen?.body ?? '')).toMatchObject({ code: 'path_ambiguous' });
      }
    }
    expect(await world.targets()).toEqual([]);
  });
});

describe('allow_encoded_slashes', () => {
  it('keeps an encoded slash as it is within its segment', async () => {
    expect((await world.get('/files/a%2fb/c%2Fd'))?.status).toBe(200);
    expect(await world.targets()).toEqual(['/files/a%2Fb/c%2Fd']);
  });

  const spellings = ['/files/secret%2Fa', '/files%2Fsecret%2Fa', '/files/%73ecret%2fa', '/files%2fsecret/a'];
  const merged = ['/files/%2Fsecret', '/files/%2F%2Fsecret%2Fa'];
  const withParameters = ['/both/b;x%2Fsecret/a', '/both/b;x%2F;%2Fsecret%3By'];
  it.each([...spellings, ...merged, ...withParameters])(
    '%s, which decodes to a more specific route, is refused',
    async (target) => {
      expect((await world.get(target))?.status).toBe(400);
      expect(await world.targets()).toEqual([]);
    },
  );

  it.each(['/public/a%2Fb', '/api/a%2fb', '/nothing%2Fhere', '/%2Fpublic/a', '/parameters/a%2Fb'])(
    'is off elsewhere: %s is refused',
    async (target) => {
      const seen = await world.get(target, `Authorization: Bearer ${world.token}\r\n`);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({ status: 400, code: 'path_ambiguous' });
      expect(await world.targets()).toEqual([]);
    },
  );
});

describe('allow_semicolons', () => {
  it('forwards parameters as they came', async () => {
    expect((await world.get('/parameters/a;v=1/b%3bc'))?.status).toBe(200);
    expect(await world.targets()).toEqual(['/parameters/a;v=1/b%3Bc']);
  });

  it.each(['/parameters/secret;v=1/a', '/parameters;x/secret/a', '/parameters/secret%3Bv=1', '/parameters/secret;'])(
    '%s belongs to the more specific route, which allows none',
    async (target) => {
      const seen = await world.get(target);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({
        status: 400,
        code: 'path_ambiguous',
        route: 'parameters-secret',
      });
      expect(await world.targets()).toEqual([]);
    },
  );

  it.each(['/public/a;b', '/api/a%3Bb', '/nothing;x', '/files/a;b'])(
    'are off elsewhere: %s is refused',
    async (target) => {
      const seen = await world.get(target, `Authorization: Bearer ${world.token}\r\n`);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({ status: 400, code: 'path_ambiguous' });
      expect(await world.targets()).toEqual([]);
    },
  );
});

describe('what is captured from a path', () => {
  it.each([
    ['/stripped', '/'],
    ['/stripped/', '/'],
    ['/stripped/a%20b/?q=/../x', '/a%20b/?q=/../x'],
    ['/%73tripped/a', '/a'],
    ['/stripped/stripped/a', '/stripped/a'],
    ['/stripped/%E2%80%8B', '/%E2%80%8B'],
    ['/rewritten/a%3Fb%23c/x/d%25e', '/v2/a%3Fb%23c/y/d%25e'],
    ['/rewritten/:one/x/**', '/v2/:one/y/**'],
    ['/rewritten/$1/x/$&', '/v2/$1/y/$&'],
    ['/rewritten/a/x', '/v2/a/y'],
    ['/both/a%2Fb;c/d%2F;e', '/v3/a%2Fb;c/d%2F;e'],
  ])('%s goes upstream as %s, no more decoded than it came', async (target, expected) => {
    expect((await world.get(target))?.status).toBe(200);
    expect(await world.targets()).toEqual([expected]);
  });
});
