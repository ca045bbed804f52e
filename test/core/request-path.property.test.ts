import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePathPattern, type PathPattern } from '../../src/core/path-pattern.ts';
import { canonicalPath } from '../../src/core/request-path.ts';
import type { Route } from '../../src/core/route.ts';
import { compileRoutes, matchRoute } from '../../src/core/route-table.ts';
import { count } from '../support/counts.ts';
import { routeFixture } from '../support/route-fixture.ts';

const runs = { numRuns: count(1000, 20_000) };

/** Texts that are rich in what path tricks are made of. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '.',
        '..',
        '%2e',
        '%2F',
        '%5c',
        '\\',
        ';',
        '%3b',
        '%25',
        '%252e',
        '%00',
        '%C3%A9',
        '?',
        '#',
        '%',
      ),
      fc.string({ minLength: 1, maxLength: 4 }),
      fc.constantFrom('a', 'admin', 'secret', '%61', '%ef%bc%8e', '%zz', ':', '*', '+', '~'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => `/${parts.join('')}`);

describe('the canonical path', () => {
  it('is a fixed point: making it canonical again changes nothing', () => {
    fc.assert(
      fc.property(nasty, (target) => {
        const once = canonicalPath(target);
        if (once.kind === 'refused') return;
        expect(canonicalPath(once.path.path + once.path.query)).toEqual(once);
      }),
      runs,
    );
  });

  it('decodes to no dot segment, slash, backslash or control that it does not show', () => {
    fc.assert(
      fc.property(nasty, (target) => {
        const outcome = canonicalPath(target);
        if (outcome.kind === 'refused') return;
        for (const segment of outcome.path.segments) {
          const decoded = decodeURIComponent(segment);
          expect(['', '.', '..']).not.toContain(decoded);
          expect(decoded).not.toMatch(/[\\\u0000-\u001f\u007f]/);
          expect(decoded.includes('/')).toBe(segment.includes('%2F'));
        }
      }),
      runs,
    );
  });
});

const segment = fc.constantFrom('a', 'b', 'admin', 'items:export', 'é');
const patternPiece = fc.oneof(segment, fc.constantFrom(':id', '*'));
const patternText = fc
  .tuple(fc.array(patternPiece, { maxLength: 3 }), fc.boolean())
  .map(
    ([pieces, open]) =>
      `/${[...pieces.map((piece, at) => (piece === ':id' ? `:id${at}` : piece)), ...(open ? ['**'] : [])].join('/')}`,
  );

/** Another spelling of a path that upstreams read alike: escapes, in either case, and a final slash. */
function respell(path: string, choices: readonly number[]): string {
  let at = 0;
  const spelled = path.replace(/[^/]/gu, (character) => {
    const choice = choices[at++ % Math.max(1, choices.length)] ?? 0;
    const bytes = [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    if (choice === 0 && character.charCodeAt(0) < 128) return character;
    return choice === 1 ? bytes.toUpperCase() : bytes;
  });
  return choices.length % 2 === 0 ? spelled : `${spelled}/`;
}

describe('the route of a request', () => {
  it('is the same however its path is spelled, final slash included', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(patternText, { minLength: 1, maxLength: 8 }),
        fc.array(segment, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat({ max: 2 }), { maxLength: 9 }),
        (patterns, path, choices) => {
          const table = compileRoutes(patterns.map((text) => routeFixture({ name: text, path: text })));
          const plain = canonicalPath(`/${path.map(encodeURIComponent).join('/')}`);
          const other = canonicalPath(respell(`/${path.join('/')}`, choices));
          if (plain.kind === 'refused' || other.kind === 'refused') throw new Error('an honest spelling was refused');
          expect(matchRoute(table, 'h', other.path.keys, 'GET')).toEqual(
            matchRoute(table, 'h', plain.path.keys, 'GET'),
          );
        },
      ),
      runs,
    );
  });

  it('is the most specific one, found by comparing every pair of routes that match', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(patternText, { minLength: 1, maxLength: 10 }),
        fc.array(segment, { maxLength: 4 }),
        (patterns, keys) => {
          const routes = patterns.map((text) => routeFixture({ name: text, path: text }));
          const found = matchRoute(compileRoutes(routes), 'h', keys, 'GET');
          const matching = routes.filter((route) => matches(route.pattern, keys));
          if (found.kind === 'no_route') expect(matching).toEqual([]);
          else expect(matching.every((rival) => rank(found.route, keys) >= rank(rival, keys))).toBe(true);
        },
      ),
      runs,
    );
  });

  it('never changes to a less specific one by the method', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'DELETE', 'BREW'), (method) => {
        const table = compileRoutes([
          routeFixture({ name: 'all', path: '/**' }),
          routeFixture({ name: 'one', path: '/admin/:id', methods: ['GET'] }),
        ]);
        const found = matchRoute(table, 'h', ['admin', '1'], method);
        expect(found.kind === 'no_route' ? undefined : found.route.name).toBe('one');
        expect(found.kind).toBe(method === 'GET' ? 'matched' : 'method_not_allowed');
      }),
    );
  });
});

/** An oracle without a tree: segment by segment. */
function matches(pattern: PathPattern, keys: readonly string[]): boolean {
  const open = pattern.at(-1)?.kind === 'rest';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? keys.length < fixed.length : keys.length !== fixed.length) return false;
  return fixed.every((part, at) => part.kind === 'one' || (part.kind === 'literal' && part.text === keys[at]));
}

/** A number whose digits, read from the left, are how specific each segment is. */
function rank(route: Route, keys: readonly string[]): number {
  let total = 0;
  for (let at = 0; at <= keys.length; at++) {
    const kind = route.pattern[at]?.kind ?? 'end';
    total = total * 4 + { literal: 3, one: 2, end: 1, rest: 0 }[kind];
  }
  return total;
}

it('a pattern of the fixture parses', () => {
  expect(parsePathPattern('/a/:id0/**').kind).toBe('pattern');
});
