import { findCrossings, type Crossing } from '../core/route-overlap.ts';
import { unreachedRoutes } from '../core/route-reach.ts';
import type { PathPattern } from '../core/path-pattern.ts';
import { requirementOf, type Route, type ScopeRequirement } from '../core/route.ts';
import { literalChildren, type PathNode } from '../core/path-tree.ts';
import type { RouteTable } from '../core/route-table.ts';
import { keyError, quote, valueError, type Finding } from './config-problem.ts';
import type { GatewayConfig } from './compiled.ts';

/** What routes do to each other, and to those who may pass, that is most likely not meant. */
export function lintRoutes({ routes, table }: Pick<GatewayConfig, 'routes' | 'table'>): Finding[] {
  const places = new Map(routes.map((route, index) => [route, index]));
  const placeOf = (route: Route): number => places.get(route) ?? 0;
  return [
    ...unreachedRoutes(table).map(({ route, takenBy }) => unreachable(route, takenBy, placeOf(route))),
    ...findCrossings(table)
      .filter(({ winner, other }) => rulesText(winner) !== rulesText(other))
      .map((crossing) => overlap(crossing, placeOf(crossing.winner))),
    ...routes.flatMap((route, index) => publicUnderProtected(route, table, index)),
    ...routes.flatMap(writesByReading),
  ];
}

const namedMax = 3;

function named(routes: readonly Route[]): string {
  const shown = routes.slice(0, namedMax).map(({ name, line }) => `${quote(name)} (line ${line})`);
  return [...shown, ...(routes.length > namedMax ? [`${routes.length - namedMax} more`] : [])].join(', ');
}

function unreachable({ name }: Route, takenBy: readonly Route[], index: number): Finding {
  const message = `no request comes to ${quote(name)}: whatever it could match goes to ${named(takenBy)}`;
  return warning(
    valueError(['routes', index, 'match'], 'unreachable-route', message, 'remove it, or change its match'),
  );
}

function overlap({ winner, other, common }: Crossing, index: number): Finding {
  const paths = patternText(common);
  const message = `${quote(winner.name)} and ${quote(other.name)} (line ${other.line}) both fit ${paths}; ${quote(winner.name)} wins there, with rules of its own`;
  const fix = `add a route for ${paths}, which says what is meant there`;
  return warning(valueError(['routes', index, 'match', 'path'], 'overlapping-routes', message, fix));
}

function patternText(pattern: PathPattern): string {
  const written = { one: '*', rest: '**' } as const;
  return pattern.map((segment) => `/${segment.kind === 'literal' ? segment.text : written[segment.kind]}`).join('');
}

/** Everything that becomes of a request on a route, but for where it stands and what it matches. */
function rulesText({
  access,
  name: _name,
  line: _line,
  hosts: _hosts,
  path: _path,
  pattern: _pattern,
  ...rest
}: Route) {
  const rules = access.kind === 'scopes' ? { ...access, byMethod: [...access.byMethod] } : access;
  return JSON.stringify({ rules, rest });
}

/** A `**` with a literal before it that asks who comes, and a public route somewhere below. */
function publicUnderProtected(route: Route, table: RouteTable, index: number): Finding[] {
  if (route.access.kind !== 'public') return [];
  const hosts = route.hosts.length === 0 ? [undefined] : route.hosts;
  const around = hosts.flatMap((host) => protectedAbove(rootOfHost(table, host), route.pattern))[0];
  if (around === undefined) return [];
  const message = `${quote(route.name)} lets anybody in below ${quote(around.path)}, which ${quote(around.name)} (line ${around.line}) protects`;
  const fix = 'if it is meant, write "# lint: allow public-under-protected" behind it';
  return [warning(keyError(['routes', index, 'public'], 'public-under-protected', message, fix))];
}

function rootOfHost(table: RouteTable, host: string | undefined): PathNode | undefined {
  if (host === undefined) return table.anyHost;
  return host.startsWith('*.') ? table.wildcardHosts.get(host.slice(1)) : table.exactHosts.get(host);
}

/** The routes around a path, the nearest first. */
function protectedAbove(root: PathNode | undefined, pattern: PathPattern): Route[] {
  const found: Route[] = [];
  let nodes = present(root);
  for (const [depth, segment] of pattern.entries()) {
    if (segment.kind === 'rest') break;
    const around = nodes.flatMap(({ rest }) => rest.filter(({ access }) => access.kind !== 'public'));
    if (depth > 0) found.unshift(...around);
    nodes = nodes.flatMap((node) => {
      const same = segment.kind === 'literal' ? literalChildren(node, segment) : [];
      return same.length > 0 ? same : present(node.one);
    });
  }
  return found.filter(({ pattern: [first] }) => first?.kind === 'literal');
}

function present(node: PathNode | undefined): PathNode[] {
  return node === undefined ? [] : [node];
}

const writingMethods = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Methods that change something and for which a scope that reads is enough. */
function writesByReading(route: Route, index: number): Finding[] {
  const { access, methods, name } = route;
  if (access.kind !== 'scopes') return [];
  const reading = writingMethods.filter((method) => {
    if (methods !== undefined && !methods.includes(method)) return false;
    const required = requirementOf(access, method);
    return required !== undefined && asksToRead(required);
  });
  const [first] = reading;
  if (first === undefined) return [];
  const path = ['routes', index, 'scopes'];
  const own = access.byMethod.has(first) ? [...path, first] : path;
  const message = `${quote(name)} lets ${reading.join(', ')} through with ${scopesText(route, first)}, which by its name only reads`;
  const fix = 'name the methods under match.methods, or write scopes by method: { GET: ..., "*": ... }';
  return [warning(valueError(own, 'write-with-read-scope', message, fix))];
}

function scopesText({ access }: Route, method: string): string {
  const required = access.kind === 'scopes' ? requirementOf(access, method) : undefined;
  return [...(required?.all ?? []), ...(required?.any ?? [])].map(quote).join(', ');
}

const readingVerb = /^(?:read|view|list|get)(?:$|[._-])/;

function asksToRead({ all, any }: ScopeRequirement): boolean {
  return [...all, ...any].every((scope) => readingVerb.test(scope.split(':').at(-1) ?? ''));
}

function warning(finding: Finding): Finding {
  return { ...finding, severity: 'warning' };
}
