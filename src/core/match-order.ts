import { foldCase } from './letter-case.ts';
import { foldedShape, patternShape, type PathPattern, type PatternSegment } from './path-pattern.ts';
import type { Route } from './route.ts';

/** A route as one host sees it. */
export interface HostRoute {
  /** As in gateway.yaml; undefined: any host that no route names. */
  readonly host: string | undefined;
  readonly route: Route;
}

/**
 * The routes in the order in which they win, for people to read: exact hosts, then `*.` (the longest first), then any
 * host; within a host by path, the more specific first; then routes that name methods. A route with several hosts
 * comes once for each. Matching itself needs no order: see route-table.ts.
 */
export function inMatchOrder(routes: readonly Route[]): HostRoute[] {
  const entries = routes.flatMap((route): HostRoute[] =>
    route.hosts.length === 0 ? [{ host: undefined, route }] : route.hosts.map((host) => ({ host, route })),
  );
  return entries.toSorted(
    (one, other) =>
      compareHosts(one.host, other.host) ||
      comparePatterns(one.route.pattern, other.route.pattern) ||
      compareSpellings(one.route.pattern, other.route.pattern) ||
      Number(one.route.methods === undefined) - Number(other.route.methods === undefined) ||
      one.route.line - other.route.line,
  );
}

function compareHosts(one: string | undefined, other: string | undefined): number {
  const tiers = tierOf(one) - tierOf(other);
  if (tiers !== 0 || one === undefined || other === undefined) return tiers;
  const lengths = one.startsWith('*.') ? other.length - one.length : 0;
  return lengths || compareTexts(one, other);
}

function tierOf(host: string | undefined): number {
  if (host === undefined) return 2;
  return host.startsWith('*.') ? 1 : 0;
}

function comparePatterns(one: PathPattern, other: PathPattern): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [left, right] = [one[at], other[at]];
    const order = rankOf(left) - rankOf(right) || compareTexts(textOf(left), textOf(right));
    if (order !== 0) return order;
  }
  return 0;
}

/** What only the exact spelling matches comes before what any other matches too. */
function compareSpellings(one: PathPattern, other: PathPattern): number {
  return (
    Number(foldedShape(one) !== undefined) - Number(foldedShape(other) !== undefined) ||
    compareTexts(patternShape(one), patternShape(other))
  );
}

const ranks = { literal: 1, one: 2, rest: 3 } as const;

/** A path that ends here comes before those that go on. */
function rankOf(segment: PatternSegment | undefined): number {
  return segment === undefined ? 0 : ranks[segment.kind];
}

function textOf(segment: PatternSegment | undefined): string {
  return segment?.kind === 'literal' ? foldCase(segment.text) : '';
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
