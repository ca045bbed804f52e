import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsLiteral, patternShape, type PathPattern } from '../../src/core/path-pattern.ts';
import { compileRoutes, matchRoute } from '../../src/core/route-table.ts';
import type { Route } from '../../src/core/route.ts';
import { count } from '../support/counts.ts';
import { routeFixture } from '../support/route-fixture.ts';

const runs = { numRuns: count(1000, 20_000) };

const literal = fc.constantFrom('a', 'A', 'b', 'admin', 'Admin', 'ADMIN', 'é', 'É', '7', 'x-1', 'X-1');
const path = fc
  .tuple(
    fc.array(fc.oneof({ weight: 3, arbitrary: literal }, fc.constantFrom(':', '*')), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([pieces, open]) => {
    const named = pieces.map((piece, at) => (piece === ':' ? `:n${at}` : piece));
    return `/${[...named, ...(open ? ['**'] : [])].join('/')}`;
  });
const methods = fc.constantFrom(undefined, ['GET'], ['PUT', 'GET']);
const table = fc.array(fc.tuple(path, methods, fc.boolean()), { minLength: 1, maxLength: 12 });
const keys = fc.array(literal, { maxLength: 4 });
const method = fc.constantFrom('GET', 'PUT', 'DELETE');

function outcome(routes: readonly Route[], request: readonly string[], asked: string): unknown {
  const match = matchRoute(compileRoutes(routes), 'h', request, asked);
  switch (match.kind) {
    case 'no_route':
      return match.kind;
    case 'matched':
      return match.route.name;
    case 'method_not_allowed':
      return match.allow;
  }
}

test('where no upstream tells upper from lower case, a table is its lower-cased self on the lower-cased path', () => {
  fc.assert(
    fc.property(table, keys, method, (rows, request, asked) => {
      const routes = rows.map(([text, named], at) =>
        routeFixture({ name: `r${at}`, path: text, methods: named, pathCase: 'insensitive' }),
      );
      const lower = rows.map(([text, named], at) =>
        routeFixture({ name: `r${at}`, path: text.toLowerCase(), methods: named }),
      );
      const found = outcome(routes, request, asked);
      expect(found).toEqual(
        outcome(
          lower,
          request.map((key) => key.toLowerCase()),
          asked,
        ),
      );
      expect(
        outcome(
          routes,
          request.map((key) => key.toUpperCase()),
          asked,
        ),
      ).toEqual(found);
      expect(
        outcome(
          routes,
          request.map((key) => key.toLowerCase()),
          asked,
        ),
      ).toEqual(found);
    }),
    runs,
  );
});

test('in a mixed table the winner is the most specific route that fits, and of equals the one written as the request', () => {
  fc.assert(
    fc.property(table, keys, method, (rows, request, asked) => {
      const routes = rows.map(([text, named, folds], at) =>
        routeFixture({ name: `r${at}`, path: text, methods: named, pathCase: folds ? 'insensitive' : 'sensitive' }),
      );
      const fitting = routes.filter(({ pattern }) => fits(pattern, request));
      const best = Math.max(-1, ...fitting.map(({ pattern }) => rank(pattern, request)));
      const equals = fitting.filter(({ pattern }) => rank(pattern, request) === best);
      const exact = equals.find(({ pattern }) => pattern.every((part) => part.kind !== 'literal' || !part.folded));
      const shape = exact && patternShape(exact.pattern);
      const winning = equals.filter(({ pattern }) => shape === undefined || patternShape(pattern) === shape);
      const named = winning.find((route) => route.methods?.includes(asked) === true);
      const winner = named ?? winning.find((route) => route.methods === undefined);
      const match = matchRoute(compileRoutes(routes), 'h', request, asked);
      if (equals.length === 0) expect(match.kind).toBe('no_route');
      else if (winner === undefined) expect(match.kind).toBe('method_not_allowed');
      else expect(match).toMatchObject({ kind: 'matched', route: { name: winner.name } });
    }),
    runs,
  );
});

/** An oracle without a tree. */
function fits(pattern: PathPattern, request: readonly string[]): boolean {
  const open = pattern.at(-1)?.kind === 'rest';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? request.length < fixed.length : request.length !== fixed.length) return false;
  return fixed.every((part, at) => part.kind !== 'literal' || fitsLiteral(part, request[at] ?? ''));
}

/** A number whose digits, read from the left, are how specific each segment is. */
function rank(pattern: PathPattern, request: readonly string[]): number {
  let total = 0;
  for (let at = 0; at <= request.length; at++) {
    total = total * 4 + { literal: 3, one: 2, end: 1, rest: 0 }[pattern[at]?.kind ?? 'end'];
  }
  return total;
}
