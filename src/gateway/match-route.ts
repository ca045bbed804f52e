import type { GatewayConfig } from '../config/compiled.ts';
import type { PathPattern } from '../core/path-pattern.ts';
import type { Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import { candidateRoutes, matchRoute } from '../core/route-table.ts';
import { whyOthersLost } from './candidates.ts';
import type { CleanRequest } from './sanitize.ts';
import type { Trace } from './trace.ts';

export type RouteOutcome =
  | { readonly kind: 'matched'; readonly route: Route }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly route: Route | undefined };

/** Finds the route of a request, or says why none takes it. */
export function findRoute(request: CleanRequest, config: GatewayConfig, trace?: Trace): RouteOutcome {
  const { host, path, method } = request;
  const match = matchRoute(config.table, host, path.keys, method);
  const spelled = trace === undefined ? '' : `${method} ${path.path}`;
  const nearest = match.kind === 'no_route' ? undefined : match.route;
  const losers = (): string[] => whyOthersLost(request, nearest, config);
  const doubt = doubtOf(request, nearest, config);
  if (doubt !== undefined && match.kind !== 'matched') {
    trace?.decide('path', doubt);
    return { kind: 'refused', problem: { code: 'path_ambiguous', detail: doubt }, route: nearest };
  }
  switch (match.kind) {
    case 'no_route': {
      trace?.decide('match', `${spelled}  no route of ${config.file} matches`, losers());
      const detail = `no route matches ${method} ${path.path}; see the table with "wayleave routes"`;
      return { kind: 'refused', problem: { code: 'no_route', detail }, route: undefined };
    }
    case 'method_not_allowed': {
      const allowed = match.allow.join(', ');
      trace?.decide(
        'match',
        `${spelled}  route "${match.route.name}" line ${match.route.line} takes ${allowed} alone`,
        losers(),
      );
      const detail = `the route "${match.route.name}" takes ${allowed}`;
      const problem: Problem = { code: 'method_not_allowed', detail, allow: match.allow };
      return { kind: 'refused', problem, route: match.route };
    }
    case 'matched': {
      const beats = trace === undefined ? '' : beaten(request, match.route, config);
      trace?.note('match', `${spelled}  ->  route "${match.route.name}"  line ${match.route.line}${beats}`, losers());
      if (doubt === undefined) return { kind: 'matched', route: match.route };
      trace?.decide('path', doubt);
      return { kind: 'refused', problem: { code: 'path_ambiguous', detail: doubt }, route: match.route };
    }
  }
}

/** What the path may hold only where the route says so. */
function doubtOf(
  { path, host, method }: CleanRequest,
  route: Route | undefined,
  config: GatewayConfig,
): string | undefined {
  if (!path.hasSemicolon && !path.hasEncodedSlash) return undefined;
  const lacking = route === undefined ? 'no route here sets' : `the route "${route.name}" does not set`;
  if (path.hasSemicolon && route?.allowSemicolons !== true) {
    return `a semicolon begins a parameter for some servers; ${lacking} allow_semicolons`;
  }
  if (!path.hasEncodedSlash) return undefined;
  if (route?.allowEncodedSlashes !== true) {
    return `an encoded slash (%2F) splits a segment for some servers; ${lacking} allow_encoded_slashes`;
  }
  const other = matchRoute(config.table, host, slashesDecoded(path.segments), method);
  if (other.kind === 'no_route' || other.route === route || !isMoreSpecific(other.route.pattern, route.pattern)) {
    return undefined;
  }
  return `with its encoded slashes decoded, the path would belong to the more specific route "${other.route.name}"`;
}

/** The keys of a server that decodes slashes before it takes a path apart, and that minds no empty segment. */
function slashesDecoded(segments: readonly string[]): string[] {
  const pieces = segments.flatMap((segment) => decodeURIComponent(segment).split('/'));
  return pieces.map((piece) => piece.split(';', 1)[0] ?? '').filter((key) => key !== '');
}

const specificity = { literal: 2, one: 1, rest: 0 } as const;

/** Whether one pattern comes before another for a path that both match: segment by segment, literal first. */
function isMoreSpecific(one: PathPattern, other: PathPattern): boolean {
  for (const [at, segment] of one.entries()) {
    const rival = other[at];
    if (rival === undefined) return false;
    if (specificity[segment.kind] !== specificity[rival.kind]) {
      return specificity[segment.kind] > specificity[rival.kind];
    }
  }
  return false;
}

const beatenMax = 3;

function beaten(request: CleanRequest, route: Route, config: GatewayConfig): string {
  const rivals = candidateRoutes(config.table, request.host, request.path.keys).filter((rival) => rival !== route);
  if (rivals.length === 0) return '';
  const shown = rivals.slice(0, beatenMax).map((rival) => `"${rival.name}" line ${rival.line}`);
  return `  (beats ${shown.join(', ')}${rivals.length > beatenMax ? `, and ${rivals.length - beatenMax} more` : ''})`;
}
