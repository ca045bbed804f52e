import { literalChild, pathTree, type PathNode } from './path-tree.ts';
import { takesMethod, type Route } from './route.ts';

/**
 * The routes, arranged so that the most specific one is found in one walk: hosts first (exact, then `*.`, then none),
 * then the path segment by segment (literal, then `:name` or `*`, then `**`), and only then the method.
 */
export interface RouteTable {
  readonly exactHosts: ReadonlyMap<string, PathNode>;
  /** By the part after `*`, such as `.example.com`. */
  readonly wildcardHosts: ReadonlyMap<string, PathNode>;
  readonly anyHost: PathNode;
}

export type MatchOutcome =
  | { readonly kind: 'matched'; readonly route: Route }
  | { readonly kind: 'no_route' }
  | { readonly kind: 'method_not_allowed'; readonly allow: readonly string[]; readonly route: Route };

/** Arranges the routes that serve for matching. Ties are found by route-ties.ts; here the earlier route wins. */
export function compileRoutes(routes: readonly Route[]): RouteTable {
  return arrange(routes.filter(({ shadow }) => !shadow));
}

/** Arranges all routes as if shadow routes served: they win against those that they tie with. */
export function compileWithShadows(routes: readonly Route[]): RouteTable {
  return arrange(routes.toSorted((one, other) => Number(other.shadow) - Number(one.shadow)));
}

function arrange(routes: readonly Route[]): RouteTable {
  const exactHosts = new Map<string, Route[]>();
  const wildcardHosts = new Map<string, Route[]>();
  for (const route of routes) {
    for (const host of route.hosts) {
      const [tier, key] = host.startsWith('*.') ? [wildcardHosts, host.slice(1)] : [exactHosts, host];
      const known = tier.get(key);
      if (known === undefined) tier.set(key, [route]);
      else known.push(route);
    }
  }
  return {
    exactHosts: treesOf(exactHosts),
    wildcardHosts: treesOf(wildcardHosts),
    anyHost: pathTree(routes.filter(({ hosts }) => hosts.length === 0)),
  };
}

function treesOf(hosts: ReadonlyMap<string, readonly Route[]>): Map<string, PathNode> {
  return new Map([...hosts].map(([host, routes]) => [host, pathTree(routes)]));
}

/**
 * Finds the route of a request.
 * @param host the Host header's name without port, in lower case
 * @param keys the decoded segments of the canonical path
 */
export function matchRoute(table: RouteTable, host: string, keys: readonly string[], method: string): MatchOutcome {
  const routes = find(rootOf(table, host), keys, 0);
  if (routes === undefined) return { kind: 'no_route' };
  const route = routeFor(routes, method);
  if (route !== undefined && takesMethod(route, method)) return { kind: 'matched', route };
  const [nearest] = route === undefined ? routes : [route];
  if (nearest === undefined) return { kind: 'no_route' };
  return { kind: 'method_not_allowed', allow: allowedMethods(routes), route: nearest };
}

/** The methods by which a path leads to routes of which `isWanted` holds. */
export function methodsTo(
  table: RouteTable,
  host: string,
  keys: readonly string[],
  isWanted: (route: Route) => boolean,
): string[] {
  const routes = find(rootOf(table, host), keys, 0) ?? [];
  return allowedMethods(routes).filter((method) => {
    const route = routeFor(routes, method);
    return route !== undefined && takesMethod(route, method) && isWanted(route);
  });
}

/** Of the routes of one path, the one that names the method, or else the one that names none. */
function routeFor(routes: readonly Route[], method: string): Route | undefined {
  return (
    routes.find((candidate) => candidate.methods?.includes(method) === true) ??
    routes.find((candidate) => candidate.methods === undefined)
  );
}

/** Every route whose host and path fit, the most specific first, whatever their methods. For explanations. */
export function candidateRoutes(table: RouteTable, host: string, keys: readonly string[]): Route[] {
  const found: Route[] = [];
  const walk = (at: PathNode, depth: number): void => {
    const key = keys[depth];
    if (key === undefined) found.push(...at.ending);
    const literal = key === undefined ? undefined : literalChild(at, key);
    if (literal !== undefined) walk(literal, depth + 1);
    if (key !== undefined && at.one !== undefined) walk(at.one, depth + 1);
    found.push(...at.rest);
    found.push(...at.outspelled.filter(({ pattern }) => key === undefined || pattern.at(-1)?.kind === 'rest'));
  };
  walk(rootOf(table, host), 0);
  return found;
}

/** A host that some route names is served by that tier alone; the longest `*.` wins. */
function rootOf(table: RouteTable, host: string): PathNode {
  const exact = table.exactHosts.get(host);
  if (exact !== undefined) return exact;
  if (table.wildcardHosts.size > 0) {
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
      const wildcard = dot > 0 ? table.wildcardHosts.get(host.slice(dot)) : undefined;
      if (wildcard !== undefined) return wildcard;
    }
  }
  return table.anyHost;
}

function find(at: PathNode, keys: readonly string[], depth: number): Route[] | undefined {
  const key = keys[depth];
  if (key === undefined) return at.ending.length > 0 ? at.ending : filled(at.rest);
  const literal = literalChild(at, key);
  return (
    (literal === undefined ? undefined : find(literal, keys, depth + 1)) ??
    (at.one === undefined ? undefined : find(at.one, keys, depth + 1)) ??
    filled(at.rest)
  );
}

function filled(routes: Route[]): Route[] | undefined {
  return routes.length > 0 ? routes : undefined;
}

const usualMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

function allowedMethods(routes: readonly Route[]): string[] {
  const named = routes.flatMap((route) => [
    ...(route.methods ?? []),
    ...(route.access.kind === 'scopes' ? [...route.access.byMethod.keys()] : []),
  ]);
  const candidates = new Set([...usualMethods, ...named]);
  return [...candidates].filter((method) => routes.some((route) => takesMethod(route, method)));
}
