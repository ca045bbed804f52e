import type { GatewayConfig } from '../config/compiled.ts';
import type { Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import { candidateRoutes, matchRoute } from '../core/route-table.ts';
import { whyOthersLost } from './candidates.ts';
import { pathDoubt } from './path-doubt.ts';
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
  const doubt = pathDoubt(request, nearest, config);
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

const beatenMax = 3;

function beaten(request: CleanRequest, route: Route, config: GatewayConfig): string {
  const rivals = candidateRoutes(config.table, request.host, request.path.keys).filter((rival) => rival !== route);
  if (rivals.length === 0) return '';
  const shown = rivals.slice(0, beatenMax).map((rival) => `"${rival.name}" line ${rival.line}`);
  return `  (beats ${shown.join(', ')}${rivals.length > beatenMax ? `, and ${rivals.length - beatenMax} more` : ''})`;
}
