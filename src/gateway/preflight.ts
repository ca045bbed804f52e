import type { ServerResponse } from 'node:http';
import type { GatewayConfig } from '../config/compiled.ts';
import { foldHeaderName, isReservedHeader } from '../core/reserved-headers.ts';
import type { Problem } from '../core/problem.ts';
import { methodsTo } from '../core/route-table.ts';
import type { Route } from '../core/route.ts';
import { fieldValues, grantTo, listOf, originDenied, originOf } from './browser.ts';
import { findRoute } from './match-route.ts';
import { hasBody } from './request-body.ts';
import type { CleanRequest } from './sanitize.ts';
import type { Trace } from './trace.ts';

/** What a browser asks before it lets a page send a request (Fetch, section 4.8). */
export interface Preflight {
  readonly origin: string;
  /** The method it is about. */
  readonly method: string;
}

/** One that was granted, with what is answered. */
export interface GrantedPreflight extends Preflight {
  /** As the answer names it: the origin itself, or `*`. */
  readonly grant: string;
  /** Methods by which the path leads to routes that are exposed to the origin. */
  readonly methods: readonly string[];
  readonly headers: readonly string[];
}

export type PreflightOutcome =
  | { readonly kind: 'granted'; readonly route: Route; readonly preflight: GrantedPreflight }
  | { readonly kind: 'denied'; readonly route: Route; readonly preflight: Preflight; readonly problem: Problem };

/**
 * Judges a pre-flight, which carries no credential, by the route of the method that it asks about.
 * @returns undefined when it is none, or the route is not exposed: then it is an OPTIONS request as any other
 */
export function judgePreflight(
  request: CleanRequest,
  config: GatewayConfig,
  trace?: Trace,
): PreflightOutcome | undefined {
  const preflight = preflightOf(request);
  if (preflight === undefined) return undefined;
  const { origin, method } = preflight;
  const match = findRoute({ ...request, method }, config);
  if (match.kind === 'refused' || match.route.exposedTo === undefined) return undefined;
  const { route } = match;
  const grant = grantTo(origin, route);
  trace?.note('match', `pre-flight for ${method} ${request.path.path}  ->  route "${route.name}"  line ${route.line}`);
  if (grant === undefined) {
    const problem = originDenied(route);
    trace?.decide('access', problem.detail);
    return { kind: 'denied', route, preflight, problem };
  }
  trace?.note('access', `the route is exposed to pages of ${origin}: the gateway answers, without a token`);
  const isGranted = (other: Route): boolean => grantTo(origin, other) !== undefined;
  const methods = methodsTo(config.table, request.host, request.path.keys, isGranted);
  return { kind: 'granted', route, preflight: { ...preflight, grant, methods, headers: grantedHeaders(request) } };
}

function preflightOf(request: CleanRequest): Preflight | undefined {
  if (request.method !== 'OPTIONS' || request.upgrade !== undefined || hasBody(request)) return undefined;
  const [method, ...others] = fieldValues(request.headers, 'access-control-request-method');
  const origin = originOf(request.headers);
  return method === undefined || origin === undefined || others.length > 0 ? undefined : { origin, method };
}

/**
 * Names that the gateway takes away are not granted, but for those that it reads itself, and those that tracing libraries
 * add to every request of a page, which would all be refused.
 */
const reservedButGranted: ReadonlySet<string> = new Set([
  'authorization',
  'assume-user',
  'assume-reason',
  'x-request-id',
  'traceparent',
  'tracestate',
]);
const askedMax = 100;

function grantedHeaders({ headers }: CleanRequest): string[] {
  const asked = listOf(headers, 'access-control-request-headers').slice(0, askedMax);
  return asked.filter((name) => reservedButGranted.has(name) || !isReservedHeader(foldHeaderName(name)));
}

/** How long browsers may remember the answer. */
const rememberedSeconds = 600;

/** Answers a granted pre-flight. */
export function writePreflightAnswer(
  res: ServerResponse,
  { grant, methods, headers }: GrantedPreflight,
  requestId: string,
): void {
  res.writeHead(204, {
    'access-control-allow-origin': grant,
    'access-control-allow-methods': methods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    'access-control-max-age': String(rememberedSeconds),
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    'x-request-id': requestId,
  });
  res.end();
}
