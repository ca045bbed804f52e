import { expect, test } from 'vitest';
import { inMatchOrder } from '../../src/core/match-order.ts';
import { valid } from '../config/parse.ts';

function order(...matches: readonly string[]): string[] {
  const routes = matches
    .map((match, n) => `  - { name: r${n}, match: ${match}, upstream: u, public: true }\n`)
    .join('');
  const config = valid(`version: 1\nupstreams: { u: { targets: ['http://127.0.0.1:1'] } }\nroutes:\n${routes}`);
  return inMatchOrder(config.routes).map(
    ({ host, route }) => `${host ?? '-'} ${route.methods?.join() ?? '-'} ${route.path}`,
  );
}

test('exact hosts come before wildcards, long wildcards before short ones, any host last', () => {
  expect(
    order(
      '{ path: /a }',
      "{ path: /z, hosts: ['*.b.c'] }",
      "{ path: /y, hosts: ['*.a.b.c', b.c] }",
      '{ path: /x, hosts: [a.c] }',
    ),
  ).toEqual(['a.c - /x', 'b.c - /y', '*.a.b.c - /y', '*.b.c - /z', '- - /a']);
});

test('literals come before names, names before the rest, a path that ends before those that go on', () => {
  expect(
    order(
      '{ path: /** }',
      "{ path: '/:x/b' }",
      '{ path: /a/** }',
      '{ path: /a/*/c }',
      '{ path: /a/b }',
      '{ path: /a }',
      '{ path: / }',
    ),
  ).toEqual(['- - /', '- - /a', '- - /a/b', '- - /a/*/c', '- - /a/**', '- - /:x/b', '- - /**']);
});

test('of one path the routes that name methods come first', () => {
  expect(order('{ path: /a }', '{ path: /a, methods: [PUT] }', '{ path: /a, methods: [GET] }')).toEqual([
    '- PUT /a',
    '- GET /a',
    '- - /a',
  ]);
});
