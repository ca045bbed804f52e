import type { GatewayConfig } from '../config/compiled.ts';
import { anyOrigin } from '../core/browser-origin.ts';
import { issuerOf } from '../core/assertion.ts';
import { identityHeadersOf } from '../core/identity.ts';
import type { HeaderChanges, Route } from '../core/route.ts';
import type { Allowed } from '../gateway/decide.ts';
import type { Runtime } from '../gateway/runtime.ts';
import type { CleanRequest } from '../gateway/sanitize.ts';
import type { Trace } from '../gateway/trace.ts';
import { upstreamTarget } from '../gateway/upstream-target.ts';
import { formatDuration } from '../lib/units.ts';
import { targetLines } from './explain-targets.ts';

/** What a request that may pass meets. */
export interface PassingRules {
  readonly config: GatewayConfig;
  /** What a running gateway knows of its upstreams; without it nothing is said of that. */
  readonly pools?: Runtime['pools'] | undefined;
}

/** Writes down what becomes of a request that may pass: its headers, where it goes, what is signed. */
export function explainPassing(
  request: CleanRequest,
  allowed: Allowed,
  { config, pools }: PassingRules,
  trace: Trace,
): void {
  const { route, principal } = allowed;
  trace.note('headers', summaryOf(allowed, config), headerLines(allowed, config));
  const upstream = config.upstreams.get(route.upstream);
  const goesTo = `${request.method} ${upstreamTarget(request.path, route)}`;
  const targets = upstream?.targets ?? [];
  const order = upstream?.balance === 'least_connections' ? ', the one with the least under way' : ', in turn';
  const where = `${targets.join(', ')}${targets.length > 1 ? order : ''}`;
  const lasting = route.stream ? ['a stream: silence of either side does not end it'] : [];
  const health = pools === undefined ? [] : targetLines(pools, route.upstream);
  trace.note('upstream', `"${route.upstream}" gets ${goesTo}  at ${where}`, [...lasting, ...health]);
  if (route.exposedTo !== undefined) trace.note('browser', exposureText(route.exposedTo));
  if (config.assertion.enabled && principal !== undefined) trace.note('assertion', assertionText(config, route));
}

function exposureText(origins: readonly string[]): string {
  const pages = origins[0] === anyOrigin ? 'every page' : `pages of ${origins.join(', ')}`;
  return `${pages} may call it and read the answer; pre-flights are answered without a token`;
}

function summaryOf({ route, principal }: Allowed, { identity }: GatewayConfig): string {
  const who = principal === undefined ? 'no identity' : `identity by the preset ${identity.preset}`;
  const isForwarded = route.forwardToken && principal?.actor === undefined;
  return `${who}, Authorization ${isForwarded ? 'as it came' : 'taken away'}`;
}

/** What a route sets may come from the environment and be secret, so its names alone are shown. */
function headerLines({ route, principal }: Allowed, { identity }: GatewayConfig): string[] {
  const own = principal === undefined ? [] : identityHeadersOf(principal, identity.headers);
  return [
    ...own.map(([name, value]) => `${name}: ${value}`),
    ...changeLines('to the upstream', route.requestHeaders),
    ...changeLines('to the client', route.responseHeaders),
  ];
}

function changeLines(whither: string, { set, remove }: HeaderChanges): string[] {
  const changes = [
    ...(set.length === 0 ? [] : [`sets ${set.map(([name]) => name).join(', ')}`]),
    ...(remove.length === 0 ? [] : [`removes ${remove.join(', ')}`]),
  ];
  return changes.length === 0 ? [] : [`${whither} the route ${changes.join(' and ')}`];
}

function assertionText({ publicUrl, assertion }: GatewayConfig, { audience, assertionBinding }: Route): string {
  const scope = assertionBinding === 'request' ? ', for this method, path and query alone' : '';
  return `X-Auth-Assertion by ${issuerOf(publicUrl)} for "${audience}", valid for ${formatDuration(assertion.lifetimeMs)}${scope}`;
}
