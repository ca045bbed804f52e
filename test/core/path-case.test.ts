import { describe, expect, it, test } from 'vitest';
import { inMatchOrder } from '../../src/core/match-order.ts';
import { candidateRoutes, compileRoutes, compileWithShadows, matchRoute } from '../../src/core/route-table.ts';
import { findTies } from '../../src/core/route-ties.ts';
import { routeFixture } from '../support/route-fixture.ts';

type Given = Parameters<typeof routeFixture>[0];

/** A route to an upstream that tells /a from /A, and one to an upstream that does not. */
const exact = (name: string, path: string, given: Partial<Given> = {}): Given => ({ name, path, ...given });
const folded = (name: string, path: string, given: Partial<Given> = {}): Given => ({
  name,
  path,
  pathCase: 'insensitive',
  ...given,
});

function routeOf(routes: readonly Given[], path: string, method = 'GET', compile = compileRoutes): string {
  const match = matchRoute(compile(routes.map(routeFixture)), 'h', keysOf(path), method);
  if (match.kind === 'matched') return match.route.name;
  return match.kind === 'no_route' ? 'no_route' : `405 ${match.allow.join(' ')}`;
}

function keysOf(path: string): string[] {
  return path.split('/').filter((key) => key !== '');
}

describe('routes to an upstream that does not tell upper from lower case', () => {
  const routes = [
    folded('admin', '/Admin/**'),
    folded('item', '/api/:id/Items'),
    folded('umlaut', '/äpfel'),
    folded('digits', '/2026/07'),
    exact('other', '/other/**'),
    folded('all', '/**'),
  ];
  it.each([
    ['/Admin/x', 'admin'],
    ['/admin/x', 'admin'],
    ['/ADMIN', 'admin'],
    ['/API/Seven/iTEMS', 'item'],
    ['/ÄPFEL', 'umlaut'],
    ['/2026/07', 'digits'],
    ['/other/x', 'other'],
    ['/Other/x', 'all'],
    ['/admins', 'all'],
  ])('%s goes to %s', (path, name) => expect(routeOf(routes, path)).toBe(name));
});

describe('routes of upstreams of both kinds', () => {
  it('are told apart by how specific they are, and only then by the spelling', () => {
    const routes = [
      exact('exact-api', '/api/**'),
      folded('folded-admin', '/API/Admin/**'),
      exact('exact-one', '/api/admin/:id'),
    ];
    expect(routeOf(routes, '/api/x')).toBe('exact-api');
    expect(routeOf(routes, '/API/x')).toBe('no_route');
    expect(routeOf(routes, '/api/Admin/x/y')).toBe('folded-admin');
    expect(routeOf(routes, '/api/admin/x/y')).toBe('folded-admin');
    expect(routeOf(routes, '/api/admin/x')).toBe('exact-one');
    expect(routeOf(routes, '/api/ADMIN/x')).toBe('folded-admin');
  });

  it('where both are as specific, the one that is written as the request comes first, whatever the method', () => {
    const routes = [folded('folded', '/admin/:id'), exact('exact', '/Admin/*', { methods: ['GET'] })];
    expect(routeOf(routes, '/Admin/x')).toBe('exact');
    expect(routeOf(routes, '/Admin/x', 'POST')).toBe('405 GET');
    expect(routeOf(routes, '/admin/x')).toBe('folded');
    expect(routeOf(routes, '/ADMIN/x', 'POST')).toBe('folded');
  });

  it('of one written path share it by method', () => {
    const routes = [folded('reads', '/files/**', { methods: ['GET'] }), exact('writes', '/files/**')];
    expect(routeOf(routes, '/files/a')).toBe('reads');
    expect(routeOf(routes, '/files/a', 'PUT')).toBe('writes');
    expect(routeOf(routes, '/FILES/a')).toBe('reads');
    expect(routeOf(routes, '/FILES/a', 'PUT')).toBe('405 GET');
  });

  it('keep the way back to a less specific path', () => {
    const routes = [exact('deep', '/a/b/c'), folded('wide', '/A/**'), exact('one', '/:x/b/d')];
    expect(routeOf(routes, '/a/b/c')).toBe('deep');
    expect(routeOf(routes, '/a/b/d')).toBe('wide');
    expect(routeOf(routes, '/a/b')).toBe('wide');
    expect(routeOf(routes, '/z/b/d')).toBe('one');
  });

  it('are listed in the order in which they win', () => {
    const routes = [folded('f', '/API'), folded('deeper', '/Api/x/**'), exact('e', '/api'), exact('w', '/api/**')];
    expect(inMatchOrder(routes.map(routeFixture)).map(({ route }) => route.name)).toEqual(['e', 'f', 'deeper', 'w']);
  });

  it('all are candidates, the one that wins first', () => {
    const routes = [folded('f', '/API/**'), exact('e', '/api/**'), folded('all', '/**')].map(routeFixture);
    const names = (path: string) => candidateRoutes(compileRoutes(routes), 'h', keysOf(path)).map(({ name }) => name);
    expect(names('/api/x')).toEqual(['e', 'f', 'all']);
    expect(names('/API/x')).toEqual(['f', 'all']);
    expect(names('/Api')).toEqual(['f', 'all']);
  });
});

test('a shadow route wins against the one that it ties with, in any spelling', () => {
  const routes = [folded('serves', '/api/**'), folded('shadow', '/API/**', { shadow: true })];
  expect(routeOf(routes, '/Api/x')).toBe('serves');
  expect(routeOf(routes, '/Api/x', 'GET', compileWithShadows)).toBe('shadow');
});

describe('a tie', () => {
  const tie = (...routes: Given[]) =>
    findTies(routes.map(routeFixture)).map(({ first, second }) => `${first.name}=${second.name}`);

  it('is two paths that differ by case alone, where neither upstream tells them apart', () => {
    expect(tie(folded('a', '/X/:id'), folded('b', '/x/*'))).toEqual(['a=b']);
  });

  it('is one written path, whatever the upstreams make of it', () => {
    expect(tie(folded('a', '/x'), exact('b', '/x'))).toEqual(['a=b']);
    expect(tie(exact('a', '/x'), folded('b', '/x'))).toEqual(['a=b']);
    expect(tie(folded('a', '/1'), folded('b', '/1'))).toEqual(['a=b']);
  });

  it('is not: another spelling at an upstream that tells them apart, or other methods', () => {
    expect(tie(folded('a', '/X'), exact('b', '/x'))).toEqual([]);
    expect(tie(exact('a', '/X'), exact('b', '/x'))).toEqual([]);
    expect(tie(folded('a', '/X', { methods: ['GET'] }), folded('b', '/x', { methods: ['PUT'] }))).toEqual([]);
  });
});
