import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { makeTokens } from '../support/gateway-tokens.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { sendRaw, type RawAnswer } from '../support/raw-client.ts';
import { startRecordingUpstream, type RecordingUpstream } from '../support/recording-upstream.ts';

let gateway: RunningGateway;
let upstream: RecordingUpstream;
let token: string;

beforeAll(async () => {
  upstream = await startRecordingUpstream();
  gateway = await startGateway({
    yaml: `
scopes: { read: Read, admin: Administer }
projects: { fixture: { name: Fixture, roles: { reader: [read] } } }
upstreams: { upstream: { targets: ["${upstream.origin}"] } }
routes:
  - { name: public, match: { path: "/public/**" }, upstream: upstream, public: true }
  - { name: api, match: { path: "/api/**" }, upstream: upstream, scopes: read }
  - { name: secret, match: { path: "/secret/**" }, upstream: upstream, scopes: admin }
  - { name: files, match: { path: "/files/**" }, upstream: upstream, public: true, allow_encoded_slashes: true }
  - { name: files-secret, match: { path: "/files/secret/**" }, upstream: upstream, scopes: admin }
  - { name: parameters, match: { path: "/parameters/**" }, upstream: upstream, public: true, allow_semicolons: true }
  - { name: parameters-secret, match: { path: "/parameters/secret/**" }, upstream: upstream, scopes: admin }
  - { name: stripped, match: { path: "/stripped/**" }, upstream: upstream, public: true, strip_prefix: /stripped }
  - { name: rewritten, match: { path: "/rewritten/:one/x/**" }, upstream: upstream, public: true, rewrite: "/v2/:one/y/**" }
  - { name: both, match: { path: "/both/:one/**" }, upstream: upstream, public: true, rewrite: "/v3/:one/**", allow_encoded_slashes: true, allow_semicolons: true }
  - { name: both-secret, match: { path: "/both/b/secret/**" }, upstream: upstream, scopes: admin }
`,
  });
  token = (await makeTokens(gateway, 'fixture/reader', { READ: { scopes: ['read'] } })).READ.secret;
});
beforeEach(async () => {
  await upstream.take();
});

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

function request(target: string, method = 'GET', fields = ''): string {
  return `${method} ${target} HTTP/1.1\r\nHost: h\r\n${fields}\r\n`;
}

async function answer(target: string, fields = ''): Promise<RawAnswer | undefined> {
  return (await sendRaw(gateway.port, request(target, 'GET', fields))).answers[0];
}

async function targets(): Promise<string[]> {
  return (await upstream.take()).requests.map(({ target }) => target);
}

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
      for (const fields of ['', `Authorization: Bearer ${token}\r\n`, `Authorization: Bearer ${token}\r\n${upgrade}`]) {
        const seen = await answer(prefix + path, fields);
        expect({ path, status: seen?.status, body: seen?.body }).toMatchObject({ path, status: 400 });
        expect(JSON.parse(seen?.body ?? '')).toMatchObject({ code: 'path_ambiguous' });
      }
    }
    expect(await targets()).toEqual([]);
  });
});

describe('allow_encoded_slashes', () => {
  it('keeps an encoded slash as it is within its segment', async () => {
    expect((await answer('/files/a%2fb/c%2Fd'))?.status).toBe(200);
    expect(await targets()).toEqual(['/files/a%2Fb/c%2Fd']);
  });

  it.each([
    ...['/files/secret%2Fa', '/files%2Fsecret%2Fa', '/files/%73ecret%2fa', '/files%2fsecret/a'],
    // Slashes that some servers merge, and parameters that some cut off.
    ...['/files/%2Fsecret', '/files/%2F%2Fsecret%2Fa', '/both/b;x%2Fsecret/a', '/both/b;x%2F;%2Fsecret%3By'],
  ])('%s, which decodes to a more specific route, is refused', async (target) => {
    expect((await answer(target))?.status).toBe(400);
    expect(await targets()).toEqual([]);
  });

  it.each(['/public/a%2Fb', '/api/a%2fb', '/nothing%2Fhere', '/%2Fpublic/a', '/parameters/a%2Fb'])(
    'is off elsewhere: %s is refused',
    async (target) => {
      const seen = await answer(target, `Authorization: Bearer ${token}\r\n`);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({ status: 400, code: 'path_ambiguous' });
      expect(await targets()).toEqual([]);
    },
  );
});

describe('allow_semicolons', () => {
  it('forwards parameters as they came', async () => {
    expect((await answer('/parameters/a;v=1/b%3bc'))?.status).toBe(200);
    expect(await targets()).toEqual(['/parameters/a;v=1/b%3Bc']);
  });

  it.each(['/parameters/secret;v=1/a', '/parameters;x/secret/a', '/parameters/secret%3Bv=1', '/parameters/secret;'])(
    '%s belongs to the more specific route, which allows none',
    async (target) => {
      const seen = await answer(target);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({
        status: 400,
        code: 'path_ambiguous',
        route: 'parameters-secret',
      });
      expect(await targets()).toEqual([]);
    },
  );

  it.each(['/public/a;b', '/api/a%3Bb', '/nothing;x', '/files/a;b'])(
    'are off elsewhere: %s is refused',
    async (target) => {
      const seen = await answer(target, `Authorization: Bearer ${token}\r\n`);
      expect(JSON.parse(seen?.body ?? '')).toMatchObject({ status: 400, code: 'path_ambiguous' });
      expect(await targets()).toEqual([]);
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
    expect((await answer(target))?.status).toBe(200);
    expect(await targets()).toEqual([expected]);
  });
});

/** Pieces that some server reads as something else. */
const pieces = fc.oneof(
  fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    ';',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '%3b',
    '%25',
    '%252e',
    '%00',
    '%23',
    '#',
    '?',
    '%3f',
  ),
  fc.constantFrom(
    'a',
    'secret',
    'public',
    'files',
    '%73ecret',
    'x',
    '%c0%ae',
    '%ef%bc%8e',
    '%ef%bc%8f',
    '%e2%80%a5',
    '%ef%bc%85',
    '2e',
    '%',
    ' ',
  ),
);
const hostilePath = fc
  .tuple(
    fc.constantFrom('/public/', '/files/', '/parameters/', '/stripped/', '/rewritten/a/x/', '/both/a/', '/'),
    fc.array(pieces, { maxLength: 8 }),
  )
  .map(([prefix, rest]) => (prefix + rest.join('')).replaceAll(' ', ''));

/** Where servers of different habits find a path that reached them. */
function readings(target: string): string[] {
  const [path = ''] = target.split(/[?#]/, 1);
  const decodings = [path, decodeLax(path), decodeLax(decodeLax(path))];
  const folded = decodings.flatMap((text) => [text, text.normalize('NFKC'), decodeLax(text.normalize('NFKC'))]);
  const slashed = folded.flatMap((text) => [text, text.replaceAll('\\', '/')]);
  const plain = slashed.flatMap((text) => [text, text.replace(/;[^/]*/g, '')]);
  // An encoded question mark or hash is data; it ends the path of no server that parses before it decodes.
  const merged = plain.map((text) =>
    text
      .replace(/\/{2,}/g, '/')
      .replaceAll('?', '%3F')
      .replaceAll('#', '%23'),
  );
  return merged.map((text) => new URL(`http://h/${text.replace(/^\//, '')}`).pathname);
}

function decodeLax(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const decoded = bytes.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}

/** Below which path of the upstream each public route ends. */
const publicAreas = ['/public', '/files', '/parameters', '/v2/a/y', '/v3/a'];

it('no spelling of a path makes a public route reach what another route guards, however an upstream reads it', async () => {
  let forwarded = 0;
  await fc.assert(
    fc.asyncProperty(hostilePath, async (path) => {
      await upstream.take();
      const seen = await answer(path);
      const [target] = await targets();
      if (target === undefined) return;
      forwarded++;
      expect(seen?.status).toBe(200);
      const [sent = ''] = target.split('?', 1);
      const area = publicAreas.find((prefix) => sent === prefix || sent.startsWith(`${prefix}/`));
      const isStripped = path.startsWith('/stripped');
      for (const reading of readings(target)) {
        const isGuarded = !isStripped && /^\/(?:secret|files\/secret|parameters\/secret|api)(?:\/|$)/i.test(reading);
        const isInside = isStripped || reading === area || reading.startsWith(`${area}/`);
        expect({ path, target, reading, isGuarded, isInside }).toMatchObject({ isGuarded: false, isInside: true });
      }
    }),
    { numRuns: count(150, 10_000) },
  );
  expect(forwarded).toBeGreaterThan(0);
});
