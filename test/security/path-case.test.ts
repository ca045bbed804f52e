import { beforeAll, expect, it, test } from 'vitest';
import { makeTokens } from '../support/gateway-tokens.ts';
import { startGateway } from '../support/gateway.ts';
import { sendRaw, type RawAnswer } from '../support/raw-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';

/** An upstream that reads /admin and /Admin alike, and the routes that mean to protect it. */
let get: (target: string) => Promise<RawAnswer | undefined>;
let targets: () => Promise<string[]>;
beforeAll(async () => {
  const upstream = await startRecordingUpstream();
  const gateway = await startGateway({ yaml: yamlFor(upstream.origin) });
  const { READ } = await makeTokens(gateway, 'fixture/reader', { READ: { scopes: ['read'] } });
  get = async (target) => {
    const fields = `Host: h\r\nAuthorization: Bearer ${READ.secret}\r\n`;
    return (await sendRaw(gateway.port, `GET ${target} HTTP/1.1\r\n${fields}\r\n`)).answers[0];
  };
  targets = async () => (await upstream.take()).requests.map(({ target }) => target);
});

function yamlFor(origin: string): string {
  return `
scopes: { read: Read, admin: Administer }
projects: { fixture: { name: Fixture, roles: { reader: [read] } } }
upstreams:
  windows: { targets: ["${origin}"], path_case: insensitive }
  unix: { targets: ["${origin}"] }
routes:
  - { name: all, match: { path: "/**" }, upstream: windows, scopes: read }
  - { name: admin, match: { path: "/Admin/**" }, upstream: windows, scopes: admin }
  - { name: office, match: { path: "/büro/**" }, upstream: windows, scopes: admin }
  - { name: keys, match: { path: "/keys/**" }, upstream: windows, scopes: admin }
  - { name: cut, match: { path: "/Cut/here/**" }, upstream: windows, scopes: read, strip_prefix: /Cut/here, allow_encoded_slashes: true }
  - { name: cut-secret, match: { path: "/cut/here/Secret/**" }, upstream: windows, scopes: admin }
  - { name: moved, match: { path: "/moved/:Id/x/**" }, upstream: windows, scopes: read, rewrite: "/V2/:Id/y/**" }
  - { name: unix, match: { path: "/unix/**" }, upstream: unix, scopes: read }
`;
}

it.each(['/Admin/x', '/admin/x', '/ADMIN', '/%41dmin/x', '/%61DMIN/x', '/aDmIn/', '/admin?x'])(
  'another spelling of a protected path is protected: %s',
  async (path) => {
    const answer = await get(path);
    expect([answer?.status, JSON.parse(answer?.body ?? '{}')]).toMatchObject([403, { route: 'admin' }]);
    expect(await targets()).toEqual([]);
  },
);

it.each(['/b%C3%BCro/x', '/B%c3%9cRO/x', '/B%C3%BCRO'])('letters beyond ASCII have spellings too: %s', async (path) => {
  const answer = await get(path);
  expect([answer?.status, JSON.parse(answer?.body ?? '{}')]).toMatchObject([403, { route: 'office' }]);
});

it.each([
  ['the Kelvin sign for a k', '/%E2%84%AAeys/x'],
  ['a long s', '/key%C5%BF/x'],
  ['a dotless i', '/adm%C4%B1n/x'],
  ['an I with a dot', '/adm%C4%B0n/x'],
  ['a ligature', '/%EF%AC%81le'],
  ['a sharp s', '/stra%C3%9Fe'],
  ['one behind a parameter', '/x/%C4%B1'],
])('%s is refused, for upstreams disagree about it', async (_, path) => {
  const answer = await get(path);
  expect([answer?.status, JSON.parse(answer?.body ?? '{}')]).toMatchObject([400, { code: 'path_ambiguous' }]);
  expect(await targets()).toEqual([]);
});

test('where the upstream tells them apart, these letters are letters', async () => {
  expect((await get('/unix/%E2%84%AA'))?.status).toBe(200);
  expect(await targets()).toEqual(['/unix/%E2%84%AA']);
});

test('a path goes upstream as it came', async () => {
  for (const path of ['/Some/PATH', '/some/path', '/Caf%C3%89']) expect((await get(path))?.status).toBe(200);
  expect(await targets()).toEqual(['/Some/PATH', '/some/path', '/Caf%C3%89']);
});

test('a prefix is stripped, and a path rewritten, in whatever spelling they came', async () => {
  for (const path of ['/cut/HERE/Rest/', '/CUT/here', '/MOVED/Seven/X/Y']) expect((await get(path))?.status).toBe(200);
  expect(await targets()).toEqual(['/Rest/', '/', '/V2/Seven/y/Y']);
});

test('an encoded slash hides no other spelling of a protected path', async () => {
  const answer = await get('/cut/here/SECRET%2Fx');
  expect([answer?.status, JSON.parse(answer?.body ?? '{}')]).toMatchObject([400, { code: 'path_ambiguous' }]);
  expect(await targets()).toEqual([]);
});
