import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { routesCommand } from '../../src/commands/routes.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const folder = await tempDir('routes');
const file = join(folder, 'gateway.yaml');
const head = `version: 1
scopes: { a: A, b: B, c: C }
upstreams: { u: { targets: ['http://127.0.0.1:9000'] } }
routes:
`;
writeFileSync(
  file,
  `${head}  - { name: rest, match: { path: /** }, upstream: u, authenticated: true }
  - { name: one, match: { path: '/x/:id' }, upstream: u, scopes: { GET: a, POST: { all: [a], any: [b, c] }, '*': b } }
  - { name: literal, match: { path: /x/y, methods: [GET, DELETE] }, upstream: u, scopes: a, kinds: [service], organizations: [acme] }
  - { name: here, match: { path: /**, hosts: [api.example.com, '*.example.com'] }, upstream: u, public: true }
`,
);

async function routes(args: readonly string[]) {
  const io = memoryIo();
  const exit = await routesCommand.run(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

test('the table is in match order: hosts first, then the more specific path', async () => {
  const { exit, out } = await routes([file]);
  expect(exit).toBe(0);
  expect(out).toBe(`\
HOST             METHODS     PATH    WHO MAY PASS                             UPSTREAM  ROUTE    LINE
api.example.com  any         /**     anybody (public)                         u         here     8
*.example.com    any         /**     anybody (public)                         u         here     8
any              GET DELETE  /x/y    a (kinds: service; organizations: acme)  u         literal  7
any              GET HEAD    /x/:id  a                                        u         one      6
any              POST        /x/:id  a + one of b, c                          u         one      6
any              others      /x/:id  b                                        u         one      6
any              any         /**     any valid token                          u         rest     5
`);
});

test('--json gives the same order with the scopes of each method', async () => {
  const { out } = await routes([file, '--json']);
  const list = JSON.parse(out) as Record<string, unknown>[];
  expect(list.map(({ name, host, line }) => [name, host, line])).toEqual([
    ['here', 'api.example.com', 8],
    ['here', '*.example.com', 8],
    ['literal', null, 7],
    ['one', null, 6],
    ['rest', null, 5],
  ]);
  expect(list[3]).toEqual({
    name: 'one',
    line: 6,
    host: null,
    path: '/x/:id',
    methods: null,
    access: 'scopes',
    scopes: {
      GET: { all: ['a'], any: [] },
      HEAD: { all: ['a'], any: [] },
      POST: { all: ['a'], any: ['b', 'c'] },
      others: { all: ['b'], any: [] },
    },
    kinds: null,
    organizations: null,
    rate_limit: null,
    expose_to_browser: null,
    upstream: 'u',
    path_case: 'sensitive',
    stream: false,
    shadow: false,
  });
});

test('an invalid file gives its problems on standard error and exit 1', async () => {
  const bad = join(folder, 'bad.yaml');
  writeFileSync(bad, head);
  const { exit, out, err } = await routes([bad]);
  expect({ exit, out }).toEqual({ exit: 1, out: '' });
  expect(err).toContain('error  empty-section  routes: ');
});

test('a rate limit stands beside who may pass', async () => {
  const other = join(folder, 'limits.yaml');
  const rule = 'rate_limit: { limit: 100, window: 1m, burst: 20, per: user }';
  writeFileSync(other, `${head}  - { name: few, match: { path: /few }, upstream: u, scopes: a, ${rule} }\n`);
  expect((await routes([other])).out).toContain('a (100 in 1m, 20 at once, per user)');
  const [view] = JSON.parse((await routes([other, '--json'])).out) as Record<string, unknown>[];
  expect(view?.['rate_limit']).toEqual({ limit: 100, window: '1m', burst: 20, per: 'user' });
});
