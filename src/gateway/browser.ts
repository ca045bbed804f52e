import { anyOrigin, isListedOrigin } from '../core/browser-origin.ts';
import type { Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import type { CleanRequest } from './sanitize.ts';

/** What pages may read of an answer besides what every page may (Fetch, section 3.3.5): the gateway's own words. */
const readableFields = [
  'x-request-id',
  'x-wayleave-error',
  'x-wayleave-stale',
  'x-auth-token-expires',
  'x-auth-assumed-until',
  'www-authenticate',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
];

/** The `Origin` of a request; undefined: there is none. Several are none that could be listed. */
export function originOf(headers: readonly string[]): string | undefined {
  const values = fieldValues(headers, 'origin');
  return values.length > 1 ? values.join(', ') : values[0];
}

/** What `Access-Control-Allow-Origin` says to a page; undefined: the route is not exposed to it. */
export function grantTo(origin: string | undefined, { exposedTo }: Route): string | undefined {
  if (exposedTo === undefined || origin === undefined || !isListedOrigin(exposedTo, origin)) return undefined;
  return exposedTo[0] === anyOrigin ? anyOrigin : origin;
}

/** Browsers ask nobody before a page opens a WebSocket, so whoever answers has to look where the page is from. */
export function upgradeFromElsewhere({ headers, upgrade }: CleanRequest, route: Route): Problem | undefined {
  const origin = upgrade === undefined ? undefined : originOf(headers);
  return origin === undefined || grantTo(origin, route) !== undefined ? undefined : originDenied(route);
}

export function originDenied({ name }: Route): Problem {
  const detail = `the route "${name}" is not exposed to pages of this origin (expose_to_browser)`;
  return { code: 'origin_denied', detail };
}

/** For the gateway's own answer on an exposed route. */
export function browserFields(request: CleanRequest | undefined, route: Route | undefined): Record<string, string> {
  if (request === undefined || route?.exposedTo === undefined) return {};
  const grant = grantTo(originOf(request.headers), route);
  return {
    ...(grant !== undefined && {
      [allowOrigin]: grant,
      'access-control-expose-headers': readableFields.join(', '),
    }),
    vary: 'Origin',
  };
}

/** For an upstream's answer on an exposed route: to which page it is given, if to any. */
export function grantLines({ headers }: CleanRequest, route: Route): string[] {
  const grant = grantTo(originOf(headers), route);
  return grant === undefined ? [] : [allowOrigin, grant];
}

const allowOrigin = 'access-control-allow-origin';

/**
 * The head of an upstream's answer on an exposed route: the gateway's word on CORS takes the place of the upstream's.
 * @param added the gateway's own lines, with those of `grantLines`
 */
export function exposedHead(lines: readonly string[], added: readonly string[]): string[] {
  const kept: string[] = [];
  let vary: string | undefined;
  for (let at = 0; at < lines.length; at += 2) {
    const [name = '', value = ''] = [lines[at], lines[at + 1]];
    const lower = name.toLowerCase();
    if (lower === 'vary') vary = vary === undefined ? value : `${vary}, ${value}`;
    else if (!lower.startsWith('access-control-')) kept.push(name, value);
  }
  kept.push('vary', withOrigin(vary), ...added);
  if (!added.includes(allowOrigin)) return kept;
  const listed = listOf(lines, 'access-control-expose-headers');
  kept.push('access-control-expose-headers', [...new Set([...readableFields, ...listed])].join(', '));
  return kept;
}

function withOrigin(vary: string | undefined): string {
  if (vary === undefined || vary.trim() === '') return 'Origin';
  const names = vary.toLowerCase().split(',');
  return names.some((name) => name.trim() === 'origin' || name.trim() === '*') ? vary : `${vary}, Origin`;
}

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** The names of a list field, in lower case; what is none is left out. */
export function listOf(headers: readonly string[], name: string): string[] {
  return fieldValues(headers, name)
    .flatMap((value) => value.split(','))
    .map((item) => item.trim().toLowerCase())
    .filter((item) => token.test(item));
}

/** @param lower the name in lower case */
export function fieldValues(headers: readonly string[], lower: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === lower);
}
