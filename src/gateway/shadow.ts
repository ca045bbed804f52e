import type { GatewayConfig } from '../config/compiled.ts';
import type { Route } from '../core/route.ts';
import { compileWithShadows } from '../core/route-table.ts';
import { unreachable } from '../lib/assert.ts';
import type { Origin } from './client-address.ts';
import type { Authenticate } from './authenticate.ts';
import { decide, type Decision, type Rules } from './decide.ts';
import type { CleanRequest } from './sanitize.ts';

/** Rules that decide beside those in force, and never serve. */
export interface ShadowRules extends Rules {
  /** `route`: those in force with the shadow routes among them; `file`: those of another gateway.yaml. */
  readonly by: 'route' | 'file';
}

/** What a shadow makes of a request, against what became of it. */
export type ShadowResult = 'same' | 'would_allow' | 'would_deny' | 'other_refusal' | 'other_upstream';

export interface ShadowReport {
  readonly by: ShadowRules['by'];
  /** The route by which the shadow decided. */
  readonly route: string | undefined;
  readonly result: ShadowResult;
  readonly request: CleanRequest;
  readonly real: Decision;
  readonly shadow: Decision;
}

/** The rules in force as if their shadow routes served; undefined when there are none. */
export function shadowsOf(config: GatewayConfig, authenticate: Authenticate): ShadowRules | undefined {
  if (!config.routes.some(({ shadow }) => shadow)) return undefined;
  return { by: 'route', config: { ...config, table: compileWithShadows(config.routes) }, authenticate };
}

/** Who hears of what shadows say. */
export interface ShadowHearing {
  /** A shadow has decided a request too. */
  readonly onShadow: (report: ShadowReport, requestId: string) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

/** A request that has been decided. */
export interface Decided {
  readonly request: CleanRequest;
  readonly origin: Pick<Origin, 'address' | 'requestId'>;
  /** What became of it. */
  readonly real: Decision;
}

/**
 * Decides a request once more, by the code that has decided it, under the rules of each shadow. Never rejects, and nobody
 * waits for it.
 */
export async function askShadows(
  shadows: readonly ShadowRules[],
  decided: Decided,
  { onShadow, onFault }: ShadowHearing,
): Promise<void> {
  const { requestId } = decided.origin;
  for (const rules of shadows) {
    try {
      const report = await decideBeside(rules, decided);
      if (report !== undefined) onShadow(report, requestId);
    } catch (error) {
      onFault(error, requestId);
    }
  }
}

/** @returns undefined when the shadow has no part in it, or when no store could tell */
async function decideBeside(rules: ShadowRules, { request, origin, real }: Decided): Promise<ShadowReport | undefined> {
  const shadow = await decide(request, rules, origin.address);
  if (rules.by === 'route' && !isOfShadow(shadow, real)) return undefined;
  if (isUnknown(real) || isUnknown(shadow)) return undefined;
  return { by: rules.by, route: shadow.route?.name, result: compare(real, shadow), request, real, shadow };
}

/** Shadow routes decide what they win, and what the hosts they name would take away from the others. */
function isOfShadow({ route }: Decision, real: Decision): boolean {
  return route === undefined ? real.route !== undefined : route.shadow;
}

function isUnknown(decision: Decision): boolean {
  return decision.kind === 'denied' && decision.problem.code === 'store_unavailable';
}

function compare(real: Decision, shadow: Decision): ShadowResult {
  switch (real.kind) {
    case 'allowed':
      if (shadow.kind === 'denied') return 'would_deny';
      return goesTo(real.route) === goesTo(shadow.route) ? 'same' : 'other_upstream';
    case 'denied':
      if (shadow.kind === 'allowed') return 'would_allow';
      return real.problem.code === shadow.problem.code ? 'same' : 'other_refusal';
    default:
      return unreachable(real);
  }
}

function goesTo({ upstream, stripPrefix, rewrite }: Route): string {
  return JSON.stringify([upstream, stripPrefix, rewrite]);
}
