import { requirementOf, type Route } from './route.ts';
import type { PathNode, RouteTable } from './route-table.ts';

/** A route that no request comes to, and the routes that take them all. */
export interface UnreachedRoute {
  readonly route: Route;
  readonly takenBy: readonly Route[];
}

/**
 * Finds the routes that other routes leave nothing: a `**` below which more specific paths take everything, and a route
 * each of whose methods another route of the same path names. What is left to a route on any of its hosts counts.
 */
export function unreachedRoutes(table: RouteTable): UnreachedRoute[] {
  const found = new Map<Route, { hosts: number; readonly takenBy: Set<Route> }>();
  for (const root of rootsOf(table)) {
    for (const [route, takers] of unreachedBelow(root)) {
      const known = found.get(route);
      if (known === undefined) found.set(route, { hosts: 1, takenBy: new Set(takers) });
      else {
        known.hosts++;
        for (const taker of takers) known.takenBy.add(taker);
      }
    }
  }
  return [...found]
    .filter(([route, { hosts }]) => hosts === Math.max(1, route.hosts.length))
    .map(([route, { takenBy }]) => ({ route, takenBy: [...takenBy] }));
}

/** Every host's routes by themselves: a host that is named is served by its own alone. */
export function rootsOf({ exactHosts, wildcardHosts, anyHost }: RouteTable): PathNode[] {
  return [...exactHosts.values(), ...wildcardHosts.values(), anyHost];
}

function* unreachedBelow(node: PathNode): Generator<readonly [route: Route, takers: readonly Route[]]> {
  yield* beatenByMethods(node.ending);
  const deeper = takersOfRest(node);
  if (deeper === undefined) yield* beatenByMethods(node.rest);
  else for (const route of node.rest) yield [route, deeper];
  for (const child of node.literals.values()) yield* unreachedBelow(child);
  if (node.one !== undefined) yield* unreachedBelow(node.one);
}

/** The routes that together take every path a `**` here could have; undefined when they leave one. */
function takersOfRest({ ending, one }: PathNode): readonly Route[] | undefined {
  if (ending.length === 0 || one === undefined) return undefined;
  const further = one.rest.length > 0 ? [...one.ending, ...one.rest] : takersOfRest(one);
  return further && [...ending, ...further];
}

/** A route without `methods` gets what the others of its path do not name. */
function* beatenByMethods(routes: readonly Route[]): Generator<readonly [Route, readonly Route[]]> {
  if (routes.length < 2) return;
  for (const route of routes) {
    const methods = finiteMethods(route);
    if (methods === undefined) continue;
    const takers = methods.map((method) => routes.find((other) => other.methods?.includes(method) === true));
    if (takers.every((taker) => taker !== undefined)) yield [route, [...new Set(takers)]];
  }
}

/** The methods of a route that names them under `scopes` alone. */
function finiteMethods({ methods, access }: Route): readonly string[] | undefined {
  if (methods !== undefined || access.kind !== 'scopes' || access.others !== undefined) return undefined;
  const named = [...access.byMethod.keys()];
  return requirementOf(access, 'HEAD') === undefined || named.includes('HEAD') ? named : [...named, 'HEAD'];
}
