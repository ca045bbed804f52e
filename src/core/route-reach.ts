import { requirementOf, type Route } from './route.ts';
import { literalsBelow, type PathNode } from './path-tree.ts';
import type { RouteTable } from './route-table.ts';

/** A route that no request comes to, and the routes that take them all. */
export interface UnreachedRoute {
  readonly route: Route;
  readonly takenBy: readonly Route[];
}

/**
 * Finds the routes that other routes leave nothing: a `**` below which more specific paths take everything, and a route
 * each of whose methods another route of the same path names. What is left to a route anywhere counts: on any of its
 * hosts, in any spelling.
 */
export function unreachedRoutes(table: RouteTable): UnreachedRoute[] {
  const found = new Map<Route, Set<Route>>();
  const reached = new Set<Route>();
  for (const root of rootsOf(table)) {
    for (const { route, takenBy } of placesBelow(root)) {
      if (takenBy === undefined) reached.add(route);
      else found.set(route, new Set([...(found.get(route) ?? []), ...takenBy]));
    }
  }
  return [...found]
    .filter(([route]) => !reached.has(route))
    .map(([route, takenBy]) => ({ route, takenBy: [...takenBy] }));
}

/** Every host's routes by themselves: a host that is named is served by its own alone. */
export function rootsOf({ exactHosts, wildcardHosts, anyHost }: RouteTable): PathNode[] {
  return [...exactHosts.values(), ...wildcardHosts.values(), anyHost];
}

/** A route where it stands in the tree of a host, and who takes everything from it there. */
interface Place {
  readonly route: Route;
  readonly takenBy: readonly Route[] | undefined;
}

function* placesBelow(node: PathNode): Generator<Place> {
  const deeper = takersOfRest(node);
  for (const route of node.ending) yield { route, takenBy: takersOfMethods(route, node.ending) };
  for (const route of node.rest) yield { route, takenBy: deeper ?? takersOfMethods(route, node.rest) };
  for (const [, child] of literalsBelow(node)) yield* placesBelow(child);
  if (node.one !== undefined) yield* placesBelow(node.one);
}

/** The routes that together take every path a `**` here could have; undefined when they leave one. */
function takersOfRest({ ending, one }: PathNode): readonly Route[] | undefined {
  if (ending.length === 0 || one === undefined) return undefined;
  const further = one.rest.length > 0 ? [...one.ending, ...one.rest] : takersOfRest(one);
  return further && [...ending, ...further];
}

/** A route without `methods` gets what the others of its path do not name. */
function takersOfMethods(route: Route, routes: readonly Route[]): readonly Route[] | undefined {
  if (routes.length < 2) return undefined;
  const takers = finiteMethods(route)?.map((method) =>
    routes.find((other) => other.methods?.includes(method) === true),
  );
  return takers?.every((taker) => taker !== undefined) === true ? [...new Set(takers)] : undefined;
}

/** The methods of a route that names them under `scopes` alone. */
function finiteMethods({ methods, access }: Route): readonly string[] | undefined {
  if (methods !== undefined || access.kind !== 'scopes' || access.others !== undefined) return undefined;
  const named = [...access.byMethod.keys()];
  return requirementOf(access, 'HEAD') === undefined || named.includes('HEAD') ? named : [...named, 'HEAD'];
}
