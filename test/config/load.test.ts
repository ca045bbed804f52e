import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fileSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { isMap, parseDocument, type Node } from 'yaml';
import { count } from '../support/counts.ts';
import { parse, problems, small, valid, warnings } from './parse.ts';

const complete = readFileSync(join(import.meta.dirname, 'complete.yaml'), 'utf8');

describe('a complete file', () => {
  test('uses every key that the schema has', () => {
    const unused = keyPaths(fileSchema()).filter((path) => !hasPath(parseDocument(complete).contents, path));
    expect(unused).toEqual([]);
  });

  test('is read as it is meant', () => {
    const { table: _, revision: __, ...config } = valid(complete);
    expect(config).toMatchSnapshot();
  });

  test('has no warnings, for an admin listener with TLS may be anywhere', () => {
    expect(warnings(complete.replace('localhost:8444', '0.0.0.0:8444'))).toEqual([]);
  });
});

/** Every key of the schema as the names and stars that lead to it. */
function keyPaths(schema: JsonSchema): string[][] {
  const { properties = {}, additionalProperties, items, anyOf = [] } = schema;
  const below = (step: string, inner: JsonSchema) => keyPaths(inner).map((path) => [step, ...path]);
  return [
    ...Object.entries(properties).flatMap(([key, inner]) => [[key], ...below(key, inner)]),
    ...(typeof additionalProperties === 'object' ? below('*', additionalProperties) : []),
    ...(items === undefined ? [] : below('*', items)),
    ...anyOf.flatMap((inner) => keyPaths(inner)),
  ];
}

function hasPath(node: unknown, [step, ...rest]: readonly string[]): boolean {
  if (step === undefined) return true;
  const items = (node as (Node & { items?: readonly unknown[] }) | null)?.items ?? [];
  return items.some((item) => {
    const [key, value] = isMap(node)
      ? [String((item as { key: unknown }).key), (item as { value: unknown }).value]
      : ['*', item];
    return (step === '*' || step === key) && hasPath(value, rest);
  });
}

describe('a small file', () => {
  test('gets the defaults of the contract', () => {
    const { routes, table: _, revision: __, ...config } = valid(small());
    expect(config).toMatchSnapshot();
    expect(routes).toMatchSnapshot();
  });

  test('keeps its paths beside itself, not beside the working directory', () => {
    const config = valid(`${small()}store: { data_dir: state }\n`);
    expect(config.store.dataDir).toBe('/etc/wayleave/state');
  });

  test('may have Windows line ends and a byte order mark', () => {
    const text = `\uFEFF${small('    max_body: 10XB\n')}`.replaceAll('\n', '\r\n');
    expect(problems(text.slice(1))).toEqual(['10:15 invalid-size routes[0].max_body']);
    expect(parse(small().replaceAll('\n', '\r\n')).kind).toBe('ok');
  });

  test('may repeat values by alias', () => {
    const text = small('  - name: more\n    match: { path: /more }\n    upstream: inventory\n    scopes: *one\n');
    const config = valid(text.replace('scopes: device:read', 'scopes: &one [device:read]'));
    expect(config.routes[1]?.access).toEqual(config.routes[0]?.access);
  });
});

describe('the revision', () => {
  const text = small().replace('Analytics', '"${TITLE:-none}"');

  test('tells apart what the file says and what the environment puts into it', () => {
    const revisions = [valid(text), valid(`${text}# \n`), valid(text, { TITLE: 'a' }), valid(text, { TITLE: 'b' })];
    expect(new Set(revisions.map(({ revision }) => revision)).size).toBe(4);
    expect(revisions[0]?.revision).toMatch(/^[0-9a-f]{12}$/);
  });

  test('does not change with variables that the file does not use', () => {
    expect(valid(text, { OTHER: 'x' }).revision).toBe(valid(text).revision);
  });
});

test('every fault is reported at once, in the order of the lines', () => {
  const text = small('    max_body: 10XB\n    headers: { request: { set: { Host: a } } }\n')
    .replace('version: 1', 'version: 2')
    .replace('upstream: inventory', 'upstream: inventry')
    .replace('scopes: device:read\n', 'scopes: { GET: device:raed, get: device:read }\n');
  expect(problems(`${text}extra: true\n`)).toEqual([
    '1:10 invalid-value version',
    '8:15 unknown-upstream routes[0].upstream',
    '9:20 unknown-scope routes[0].scopes.GET',
    '9:33 invalid-method routes[0].scopes.get',
    '10:15 invalid-size routes[0].max_body',
    '11:34 reserved-header routes[0].headers.request.set.Host',
    '12:1 unknown-key extra',
  ]);
});

test('a fault inside a value that an alias repeats is told once', () => {
  const more = '  - name: more\n    match: { path: /more }\n    upstream: inventory\n    scopes: *one\n';
  const text = small(more).replace('scopes: device:read\n', 'scopes: &one [device:raed]\n');
  expect(problems(text)).toHaveLength(1);
});

test('aliases that repeat each other deeper and deeper are refused', () => {
  const chain = Array.from({ length: 100 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]\n`).join('');
  const found = problems(`a0: &a0 [x]\n${chain}`);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^6\d:\d+ yaml-alias a6\d\[0\]$/);
});

describe('thousands of routes', () => {
  const total = count(2000, 10_000);
  const many = (route: (index: number) => string) =>
    small(Array.from({ length: total }, (_, index) => route(index)).join(''));

  test('are read, each with its line', () => {
    const config = valid(
      many((n) => `  - { name: r${n}, match: { path: /r/${n} }, upstream: inventory, public: true }\n`),
    );
    expect(config.routes).toHaveLength(total + 1);
    expect(config.routes.at(-1)?.line).toBe(total + 9);
  });

  test('that all tie are refused without comparing each with each', () => {
    const outcome = parse(
      many((n) => `  - { name: r${n}, match: { path: '/r/:x' }, upstream: inventory, public: true }\n`),
    );
    expect(outcome.kind === 'invalid' && outcome.problems.every(({ code }) => code === 'route-tie')).toBe(true);
  });

  test('that are all wrong are refused with as many problems as anybody reads', () => {
    const outcome = parse(
      many((n) => `  - { nam: r${n}, match: { path: r }, upstream: inventry, scope: device:raed }\n`),
    );
    expect(outcome.kind === 'invalid' && outcome.problems.length).toBe(1000);
  });
});

describe('warnings', () => {
  const admin = (address: string) => `${small()}listen: { admin: '${address}' }\n`;

  test.each([
    ['an admin listener without TLS that others can reach', admin('0.0.0.0:8081'), '10:18 admin-exposed listen.admin'],
    ['trust in every proxy', `${small()}trusted_proxies: ['::/0']\n`, '10:19 trusts-everyone trusted_proxies[0]'],
    [
      'an upstream that no route goes to',
      small().replace('inventory: { targets', "spare: { targets: ['http://127.0.0.1:9001'] }, inventory: { targets"),
      '4:14 unused-upstream upstreams.spare',
    ],
    [
      'a scope that nobody asks for and no role gives',
      small().replace('device:read: Read devices', 'device:read: Read devices, device:write: W'),
      '2:38 unused-scope scopes["device:write"]',
    ],
    [
      'a scope that routes ask for and no role gives',
      small()
        .replace('device:read: Read devices', 'device:read: R, b: B')
        .replace('scopes: device:read\n', 'scopes: [device:read, b]\n'),
      '2:27 ungranted-scope scopes.b',
    ],
    [
      'a method that the scopes do not know',
      small()
        .replace('methods: [GET, HEAD]', 'methods: [GET, POST]')
        .replace('scopes: device:read\n', 'scopes: { GET: device:read, PUT: device:read }\n'),
      '7:38 unused-method routes[0].match.methods',
    ],
  ])('%s', (_, text, warning) => {
    expect(warnings(text)).toContain(warning);
  });

  test.each(['127.0.0.1:8081', '127.8.8.8:8081', '[::1]:8081', 'localhost:8081'])(
    'none for an admin on %s',
    (address) => {
      expect(warnings(admin(address))).toEqual([]);
    },
  );
});
