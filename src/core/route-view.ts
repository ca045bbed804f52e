import { inMatchOrder } from './match-order.ts';
import type { UserKind } from './token-record.ts';
import { formatDuration } from '../lib/units.ts';
import type { RateLimit } from './rate-limit.ts';
import { requirementOf, type Route, type ScopeRequirement } from './route.ts';

/** A route as programs are told of it, by `wayleave routes --json` and by the admin API. */
export interface RouteView {
  readonly name: string;
  /** Its line in gateway.yaml. */
  readonly line: number;
  /** null: any host that no route names. */
  readonly host: string | null;
  readonly path: string;
  /** null: every method that no other route of the same path names. */
  readonly methods: string[] | null;
  readonly access: 'public' | 'authenticated' | 'scopes';
  /** By method; those that are not named come last, as `any` or `others`. */
  readonly scopes?: Record<string, { all: string[]; any: string[] }>;
  readonly kinds: UserKind[] | null;
  readonly organizations: string[] | null;
  readonly rate_limit: {
    readonly limit: number;
    readonly window: string;
    readonly burst: number;
    readonly per: RateLimit['per'];
  } | null;
  /** null: CORS is the upstream's. */
  readonly expose_to_browser: { readonly origins: string[] } | null;
  readonly upstream: string;
  /** `insensitive`: the path's literals match in any case. */
  readonly path_case: Route['pathCase'];
  /** Its answers and uploads may be silent. */
  readonly stream: boolean;
  /** It never serves. */
  readonly shadow: boolean;
}

/** The routes in the order in which they win; one with several hosts comes once for each. */
export function routeViews(routes: readonly Route[]): RouteView[] {
  return inMatchOrder(routes).map(({ host, route }) => ({
    name: route.name,
    line: route.line,
    host: host ?? null,
    path: route.path,
    methods: copied(route.methods),
    access: route.access.kind,
    ...(route.access.kind === 'scopes' && { scopes: scopesOf(route) }),
    kinds: copied(route.kinds),
    organizations: copied(route.organizations),
    rate_limit: rateLimitView(route.rateLimit),
    expose_to_browser: route.exposedTo === undefined ? null : { origins: [...route.exposedTo] },
    upstream: route.upstream,
    path_case: route.pathCase,
    stream: route.stream,
    shadow: route.shadow,
  }));
}

function rateLimitView(rule: RateLimit | undefined): RouteView['rate_limit'] {
  if (rule === undefined) return null;
  const { limit, windowMs, burst, per } = rule;
  return { limit, window: formatDuration(windowMs), burst, per };
}

function copied<T>(list: readonly T[] | undefined): T[] | null {
  return list === undefined ? null : [...list];
}

function scopesOf(route: Route): Record<string, { all: string[]; any: string[] }> {
  const needs = requirementsOf(route).map(([method, { all, any }]) => [method, { all: [...all], any: [...any] }]);
  return Object.fromEntries(needs) as Record<string, { all: string[]; any: string[] }>;
}

/** Which methods the route takes, and what each needs; what is not named comes last, as `any` or `others`. */
export function requirementsOf({ access, methods }: Route): [method: string, requirement: ScopeRequirement][] {
  if (access.kind !== 'scopes') return [];
  const named = [...access.byMethod.keys()];
  const withHead = named.flatMap((method) =>
    method === 'GET' && !named.includes('HEAD') ? ['GET', 'HEAD'] : [method],
  );
  const found = (methods ?? withHead).flatMap((method): [string, ScopeRequirement][] => {
    const requirement = requirementOf(access, method);
    return requirement === undefined ? [] : [[method, requirement]];
  });
  if (methods !== undefined || access.others === undefined) return found;
  return [...found, [named.length === 0 ? 'any' : 'others', access.others]];
}
