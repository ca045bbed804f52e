import { fitsLiteral, patternShape, type PathPattern, type PatternSegment } from '../core/path-pattern.ts';
import { candidateRoutes, type RouteTable } from '../core/route-table.ts';
import type { Route } from '../core/route.ts';
import type { CleanRequest } from './sanitize.ts';

export interface Candidates {
  readonly table: RouteTable;
  readonly routes: readonly Route[];
}

/** How many losers are told of; with a large table there may be hundreds. */
const shownMax = 10;

/**
 * Every route whose path fits a request and that did not get it, the nearest first, and why: a line each. For
 * explanations; it looks at the whole table.
 */
export function whyOthersLost({ host, path }: CleanRequest, winner: Route | undefined, all: Candidates): string[] {
  const { keys } = path;
  const ofHost = candidateRoutes(all.table, host, keys).filter((route) => route !== winner);
  const seen = new Set([...ofHost, winner]);
  const elsewhere = all.routes.filter((route) => !seen.has(route) && fits(route.pattern, keys));
  const lines = [
    ...ofHost.map((route) => `${named(route)} ${winner === undefined ? 'fits' : whyBeaten(route, winner)}`),
    ...elsewhere.map((route) => `${named(route)} ${otherHosts(route, host)}`),
  ];
  if (lines.length <= shownMax) return lines;
  return [...lines.slice(0, shownMax), `and ${lines.length - shownMax} more whose path fits`];
}

function named({ name, line }: Route): string {
  return `"${name}" line ${line}`;
}

function otherHosts({ hosts }: Route, host: string): string {
  if (hosts.length > 0) return `is for the host ${hosts.join(', ')}`;
  return `is for hosts that no route names, and routes name ${host}`;
}

/** Path first, method after that: the order in which routes are told apart. */
function whyBeaten(route: Route, winner: Route): string {
  const length = Math.max(route.pattern.length, winner.pattern.length);
  for (let at = 0; at < length; at++) {
    const [own, better] = [route.pattern[at], winner.pattern[at]];
    if (rankOf(own) !== rankOf(better)) {
      return `is less specific: ${spelled(own)} where "${winner.name}" has ${spelled(better)} (segment ${at + 1})`;
    }
  }
  if (patternShape(route.pattern) !== patternShape(winner.pattern)) {
    return `has the same path in another spelling, and "${winner.name}" has it exactly as it came`;
  }
  if (route.methods !== undefined) return `has the same path, for ${route.methods.join(', ')} alone`;
  return `has the same path, for methods that no other route of it names`;
}

const ranks = { literal: 0, one: 1, rest: 3 } as const;

/** A path that ends here comes before one that takes any rest. */
function rankOf(segment: PatternSegment | undefined): number {
  return segment === undefined ? 2 : ranks[segment.kind];
}

function spelled(segment: PatternSegment | undefined): string {
  switch (segment?.kind) {
    case undefined:
      return 'the end';
    case 'literal':
      return `"${segment.text}"`;
    case 'one':
      return segment.name === undefined ? '*' : `:${segment.name}`;
    case 'rest':
      return '**';
  }
}

function fits(pattern: PathPattern, keys: readonly string[]): boolean {
  const open = pattern.at(-1)?.kind === 'rest';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (open ? keys.length < fixed.length : keys.length !== fixed.length) return false;
  return fixed.every((segment, at) => segment.kind !== 'literal' || fitsLiteral(segment, keys[at] ?? ''));
}
