import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import { renderProblems } from '../../src/config/report.ts';
import { warnings } from './parse.ts';

/**
 * Each file in lint/ is valid and has one thing that is most likely not meant, unless its name begins with `several-`;
 * its code is how its name begins. What people are told stands beside it in a `.txt`.
 */
const folder = join(import.meta.dirname, 'lint');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('a gateway.yaml that says what is hardly meant is told so, with its place, its code and the way out', () => {
  test.each(files)('%s', async (name) => {
    const outcome = loadConfig(join(folder, name), readEnvironment({}));
    const found = outcome.kind === 'ok' ? outcome.warnings : outcome.problems;
    const text = renderProblems(found).replaceAll(`${folder}/`, '');
    await expect(text).toMatchFileSnapshot(join(folder, name.replace(/yaml$/, 'txt')));
    expect(outcome.kind).toBe('ok');
    expect(text).not.toContain('hunter2');
    if (name.startsWith('several-')) expect(found.length).toBeGreaterThan(1);
    else if (name.startsWith('secret-')) expect(found.map(({ code }) => code)).toEqual(['secret-in-file']);
    else {
      expect(found).toHaveLength(1);
      expect(name).toContain(found[0]?.code);
    }
  });
});

const head = `version: 1
scopes: { a: A, b: B }
projects: { p: { name: P, roles: { r: [a, b] } } }
upstreams: { u: { targets: ['http://127.0.0.1:9000'] } }
routes:
`;

/** Warnings of routes, each given as the inside of a flow map. */
function of(...routes: readonly string[]): string[] {
  return warnings(`${head}${routes.map((route) => `  - { ${route} }\n`).join('')}`);
}

describe('what is meant is not warned of', () => {
  const rest = 'upstream: u, scopes: { all: [a, b] }';

  test('a path within another, which is how exceptions are written', () => {
    expect(
      of(`name: r, match: { path: /x/** }, ${rest}`, `name: s, match: { path: /x/y }, upstream: u, scopes: [b, a]`),
    ).toEqual([]);
  });

  test('crossing paths whose common ones have a route of their own, or that have the same rules', () => {
    const [one, other] = [
      `name: r, match: { path: '/x/:i/c' }, ${rest}`,
      `name: s, match: { path: '/x/y/:j' }, upstream: u, authenticated: true`,
    ];
    expect(of(one, other)).toHaveLength(1);
    expect(of(one, other, 'name: t, match: { path: /x/y/c }, upstream: u, authenticated: true')).toEqual([]);
    expect(of(one, `name: s, match: { path: '/x/y/:j' }, ${rest}`)).toEqual([]);
  });

  test('crossing paths on different hosts', () => {
    expect(
      of(
        `name: r, match: { path: '/x/:i/c', hosts: [one.example.com] }, ${rest}`,
        `name: s, match: { path: '/x/y/:j', hosts: [two.example.com] }, upstream: u, authenticated: true`,
      ),
    ).toEqual([]);
  });

  test('a route that is left one of its hosts, or one of its methods', () => {
    expect(
      of(
        `name: r, match: { path: /x, methods: [GET, HEAD], hosts: [one.example.com] }, ${rest}`,
        `name: s, match: { path: /x, hosts: [one.example.com, two.example.com] }, upstream: u, scopes: { GET: [a, b] }`,
      ),
    ).toEqual([]);
    expect(
      of(
        `name: r, match: { path: /x, methods: [GET] }, ${rest}`,
        `name: s, match: { path: /x }, upstream: u, scopes: { GET: [a, b] }`,
      ),
    ).toEqual([]);
  });

  test('a public route beside a catch-all that asks who comes', () => {
    expect(
      of(`name: r, match: { path: /** }, ${rest}`, 'name: s, match: { path: /status }, upstream: u, public: true'),
    ).toEqual([]);
  });

  test('what its own line allows, and nothing else on it', () => {
    const routes = (comment: string) =>
      `${head}  - { name: r, match: { path: /x/** }, ${rest} }\n  - name: s\n    match: { path: /x/y }\n    upstream: u\n    public: true${comment}\n`;
    expect(warnings(routes(''))).toHaveLength(1);
    expect(warnings(routes(' # lint: allow public-under-protected'))).toEqual([]);
    expect(warnings(routes(' # lint: allow unused-scope'))).toHaveLength(1);
  });
});

test('a comment allows warnings alone, never an error', () => {
  const text = `${head}  - { name: r, match: { path: /x }, upstream: none, scopes: a } # lint: allow unknown-upstream\n`;
  expect(() => warnings(text)).toThrow('unknown-upstream');
});

test('a thousand routes that all cross are told of without taking for ever', () => {
  const routes = Array.from(
    { length: 1000 },
    (_, at) =>
      `name: r${at}, match: { path: '/${at % 2 === 0 ? `x${at}/:a` : ':a/y'}/${at % 2 === 0 ? 'z' : `z${at}`}/**' }, upstream: u, scopes: { all: [a, b] }`,
  );
  expect(of(...routes).length).toBeLessThanOrEqual(1000);
});
