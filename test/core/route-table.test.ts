import { describe, expect, it } from 'vitest';
import { compileRoutes, matchRoute } from '../../src/core/route-table.ts';
import { findTies } from '../../src/core/route-ties.ts';
import { routeFixture } from '../support/route-fixture.ts';

function routeOf(routes: Parameters<typeof routeFixture>[0][], host: string, path: string, method = 'GET'): string {
  const table = compileRoutes(routes.map(routeFixture));
  const keys = path.split('/').filter((key) => key !== '');
  const match = matchRoute(table, host, keys, method);
  if (match.kind === 'matched') return match.route.name;
  return match.kind === 'no_route' ? 'no_route' : `405 ${match.allow.join(' ')}`;
}

const required = (scope: string) => ({ all: [scope], any: [] });

describe('the host', () => {
  const routes = [
    { name: 'exact', path: '/a', hosts: ['api.example.com'] },
    { name: 'wild', path: '/**', hosts: ['*.example.com'] },
    { name: 'deep', path: '/**', hosts: ['*.eu.example.com'] },
    { name: 'any', path: '/**' },
  ];
  it.each([
    ['api.example.com', '/a', 'exact'],
    ['api.example.com', '/b', 'no_route'],
    ['www.example.com', '/a', 'wild'],
    ['x.y.example.com', '/a', 'wild'],
    ['x.eu.example.com', '/a', 'deep'],
    ['example.com', '/a', 'any'],
    ['notexample.com', '/a', 'any'],
    ['', '/a', 'any'],
  ])('%s%s goes to %s', (host, path, name) => expect(routeOf(routes, host, path)).toBe(name));
});

describe('the path', () => {
  const routes = [
    { name: 'root', path: '/' },
    { name: 'rest', path: '/api/**' },
    { name: 'one', path: '/api/:kind' },
    { name: 'item', path: '/api/:kind/items' },
    { name: 'literal', path: '/api/devices/**' },
  ];
  it.each([
    ['/', 'root'],
    ['/api', 'rest'],
    ['/api/x', 'one'],
    ['/api/devices', 'literal'],
    ['/api/x/items', 'item'],
    ['/api/devices/items', 'literal'],
    ['/api/x/y/z', 'rest'],
    ['/apix', 'no_route'],
  ])('%s goes to %s', (path, name) => expect(routeOf(routes, 'h', path)).toBe(name));
});

describe('the method', () => {
  it('is settled among the routes of the winning path: named before unnamed', () => {
    const routes = [
      { name: 'get', path: '/a', methods: ['GET'] },
      { name: 'others', path: '/a' },
    ];
    expect(routeOf(routes, 'h', '/a')).toBe('get');
    expect(routeOf(routes, 'h', '/a', 'POST')).toBe('others');
  });

  it('that no route of the path takes is 405 with what they take', () => {
    const routes = [
      { name: 'get', path: '/a', methods: ['GET', 'HEAD'] },
      { name: 'put', path: '/a', methods: ['PUT'] },
      { name: 'all', path: '/**' },
    ];
    expect(routeOf(routes, 'h', '/a', 'DELETE')).toBe('405 GET HEAD PUT');
  });

  it('that a map of scopes neither names nor covers is 405; HEAD follows GET', () => {
    const access = {
      kind: 'scopes',
      byMethod: new Map([
        ['GET', required('r')],
        ['POST', required('w')],
      ]),
      others: undefined,
    } as const;
    const routes = [{ name: 'map', path: '/a', access }];
    expect(routeOf(routes, 'h', '/a', 'HEAD')).toBe('map');
    expect(routeOf(routes, 'h', '/a', 'PUT')).toBe('405 GET HEAD POST');
  });
});

describe('a tie', () => {
  const tie = (...routes: Parameters<typeof routeFixture>[0][]) =>
    findTies(routes.map(routeFixture)).map(({ first, second }) => `${first.name}=${second.name}`);

  it('is two routes of one host, one path shape and a method in common', () => {
    expect(tie({ name: 'a', path: '/x/:id' }, { name: 'b', path: '/x/*/' })).toEqual(['a=b']);
    expect(
      tie({ name: 'a', path: '/x', methods: ['GET', 'PUT'] }, { name: 'b', path: '/x', methods: ['PUT', 'GET'] }),
    ).toEqual(['a=b']);
  });

  it('is not: other hosts, other methods, or one that names its methods and one that does not', () => {
    expect(
      tie({ name: 'a', path: '/x', hosts: ['a.example'] }, { name: 'b', path: '/x', hosts: ['b.example'] }),
    ).toEqual([]);
    expect(tie({ name: 'a', path: '/x', methods: ['GET'] }, { name: 'b', path: '/x', methods: ['PUT'] })).toEqual([]);
    expect(tie({ name: 'a', path: '/x', methods: ['GET'] }, { name: 'b', path: '/x' })).toEqual([]);
  });
});
