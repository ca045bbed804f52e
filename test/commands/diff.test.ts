import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diffCommand } from '../../src/commands/diff.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const folder = await tempDir('diff');

const old = `version: 1
listen: { proxy: 127.0.0.1:8080 }
scopes: { a: A, b: B }
projects: { p: { name: P, roles: { r: [a] } } }
webhooks: [ { name: ops, url: https://hooks.example.com/x, key: "\${KEY}" } ]
upstreams: { u: { targets: ['http://127.0.0.1:9000'] } }
routes:
  - { name: one, match: { path: /one }, upstream: u, scopes: a, headers: { request: { set: { X-Api-Key: hunter2 } } } }
  - { name: two, match: { path: /two }, upstream: u, authenticated: true }
`;

async function diff(fresh: string, env: Readonly<Record<string, string>> = {}, from = old, ...args: string[]) {
  const [before, after] = [join(folder, 'old.yaml'), join(folder, 'new.yaml')];
  writeFileSync(before, from);
  writeFileSync(after, fresh);
  const io = memoryIo({ env: { KEY: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX', ...env } });
  const exit = await diffCommand.run([before, after, ...args], io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

test('files that mean the same are the same, whatever their comments, order and lines', async () => {
  const [head, routes] = old.split('routes:\n');
  const turned = `${head}# a comment\n\nroutes:\n${routes
    ?.split('\n')
    .filter((line) => line !== '')
    .toReversed()
    .join('\n')}\n`;
  expect(await diff(turned)).toMatchObject({ exit: 0, out: '' });
});

test('who may pass comes first, route by route and role by role, then the rest', async () => {
  const fresh = old
    .replace(
      'path: /one }, upstream: u, scopes: a',
      'path: /one, methods: [GET] }, upstream: u, public: true, max_body: 1MiB',
    )
    .replace(
      '  - { name: two, match: { path: /two }, upstream: u, authenticated: true }',
      '  - { name: three, match: { path: /three }, upstream: u, scopes: b }',
    )
    .replace('roles: { r: [a] }', 'roles: { r: [b] }')
    .replace('8080', '8090');
  const { exit, out } = await diff(fresh);
  expect(exit).toBe(2);
  expect(out).toBe(`who may pass
  route "one" changed
    - any  /one  a
    + GET  /one  anybody (public)
  route "three" added
    + any  /three  b
  route "two" gone
    - any  /two  any valid token
  role p/r changed
    - gives a
    + gives b
the rest
  ~ listen.proxy: 127.0.0.1:8080 -> 127.0.0.1:8090
  + routes.one.max_body: 1MiB
`);
});

test('no secret is told, of the file or of the environment, and a changed variable changes nothing that is written', async () => {
  const fresh = old.replace('hunter2', 'hunter3').replace('/hooks.example.com/x', '/hooks.example.com/y');
  const { out, err } = await diff(fresh);
  expect(out + err).not.toMatch(/hunter|whsec|hooks\.example/);
  const json = await diff(fresh, {}, old, '--json');
  expect(json.out).not.toMatch(/hunter|whsec|hooks\.example/);
});

test('a switch that decides, such as allow_semicolons, counts as a change of who may pass', async () => {
  const { out } = await diff(old.replace('authenticated: true }', 'authenticated: true, allow_semicolons: true }'));
  expect(out).toContain('who may pass\n  route "two" changed\n');
  expect(out).toContain('+ routes.two.allow_semicolons: true');
});

test('an upstream that no longer tells upper from lower case changes who may pass on its routes', async () => {
  const { exit, out } = await diff(old.replace("9000']", "9000'], path_case: insensitive"));
  expect(exit).toBe(2);
  expect(out).toContain('route "one" changed\n    - any  /one  a\n    + any  /one (any case)  a\n');
  expect(out).toContain('+ upstreams.u.path_case: insensitive');
});

test('a page of another origin that may call a route counts as who may pass', async () => {
  const { out } = await diff(
    old.replace(
      'authenticated: true }',
      "authenticated: true, expose_to_browser: { origins: ['https://a.example'] } }",
    ),
  );
  expect(out).toContain(
    'route "two" changed\n    - any  /two  any valid token\n    + any  /two  any valid token (browsers: https://a.example)\n',
  );
});

test('a route that becomes a shadow is gone for those who could pass', async () => {
  const { out } = await diff(old.replace('authenticated: true }', 'authenticated: true, shadow: true }'));
  expect(out).toMatch(/^who may pass\n {2}route "two" gone\n/);
});

test('what changes of a shadow is told, although it lets nobody pass', async () => {
  const shadow = (scope: string): string =>
    `${old}  - { name: s, match: { path: /s }, upstream: u, scopes: ${scope}, shadow: true }\n`;
  expect((await diff(shadow('b'), {}, shadow('a'))).out).toBe('the rest\n  ~ routes.s.scopes: a -> b\n');
});

test('a file that is not valid, or not there, cannot be compared', async () => {
  expect(await diff(old.replace('scopes: a,', 'scopes: c,'))).toMatchObject({
    exit: 1,
    out: '',
    err: expect.stringContaining('unknown-scope') as unknown,
  });
  const io = memoryIo();
  expect(await diffCommand.run([join(folder, 'none.yaml'), join(folder, 'old.yaml')], io)).toBe(1);
});

test('against a running gateway it needs a token, and says where one comes from', async () => {
  const io = memoryIo();
  expect(await diffCommand.run([join(folder, 'old.yaml')], io)).toBe(1);
  expect(io.err.join('')).toContain('WAYLEAVE_TOKEN');
});

test('--json has the same for programs', async () => {
  const { exit, out } = await diff(old.replace('8080', '8090'), {}, old, '--json');
  expect(exit).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    same: false,
    routes: [],
    roles: [],
    rest: [{ path: 'listen.proxy', before: '127.0.0.1:8080', after: '127.0.0.1:8090' }],
    replay: null,
  });
});
