import type { GatewayConfig } from '../config/compiled.ts';
import { fitsLiteral } from '../core/path-pattern.ts';
import type { Problem } from '../core/problem.ts';
import { requirementOf, type Route } from '../core/route.ts';
import type { Explanation } from './explain-request.ts';

/** What would let the request pass, or the nearest thing to it; undefined where there is nothing to suggest. */
export function suggestFix(explanation: Explanation, config: GatewayConfig): string | undefined {
  const { refusal, route, question } = explanation;
  if (refusal === undefined) return undefined;
  switch (refusal.problem.code) {
    case 'token_missing':
      return 'send a token; to try one that does not exist: --scopes A,B';
    case 'no_route':
      return nearestRoute(explanation, config);
    default:
      return route && routeFix(refusal.problem, route, question.method, config);
  }
}

function routeFix(problem: Problem, route: Route, method: string, config: GatewayConfig): string | undefined {
  const { name, line, kinds = [], organizations = [] } = route;
  switch (problem.code) {
    case 'insufficient_scope':
      return scopeFix(problem, route, method, config);
    case 'method_not_allowed':
      return `add ${method} to the route "${name}" (line ${line}), or add a route for it`;
    case 'kind_denied':
      return `the route's \`kinds\` (line ${line}) decide; try --kind ${kinds.join(' or ')}`;
    case 'rate_limited':
      return `wait, or change the route's \`rate_limit\` (line ${line})`;
    case 'organization_denied':
      return `the route's \`organizations\` (line ${line}) decide; try --org ${organizations.join(' or ')}`;
    default:
      return undefined;
  }
}

function scopeFix(problem: Problem, { access }: Route, method: string, config: GatewayConfig): string {
  const required = access.kind === 'scopes' ? requirementOf(access, method) : undefined;
  const missing = problem.missingScopes ?? [];
  const all = missing.filter((scope) => required?.all.includes(scope));
  const any = missing.filter((scope) => !all.includes(scope));
  const wanted = [...all, ...(any.length === 0 ? [] : [`one of ${any.join(', ')}`])].join(' and ');
  const roles = [...config.roleScopes].filter(([, given]) => {
    return all.every((scope) => given.has(scope)) && (any.length === 0 || any.some((scope) => given.has(scope)));
  });
  const granted = roles.length === 0 ? 'no role gives that yet' : `given by ${roles.map(([role]) => role).join(', ')}`;
  return `the token needs ${wanted}, and its owner a role with it (${granted})`;
}

/** The route that agrees with the path for the most segments: what was meant, perhaps. */
function nearestRoute({ question }: Explanation, config: GatewayConfig): string {
  const wanted = question.target
    .replace(/[?#].*$/s, '')
    .split('/')
    .slice(1);
  let best = { agreeing: 0, text: 'wayleave routes shows the table' };
  for (const route of config.routes) {
    if (route.shadow) continue;
    const differsAt = route.pattern.findIndex(
      (segment, at) => segment.kind === 'literal' && !fitsLiteral(segment, wanted[at] ?? ''),
    );
    const agreeing = differsAt === -1 ? route.pattern.length : differsAt;
    if (agreeing <= best.agreeing) continue;
    const host = route.hosts.length === 0 ? '' : ` on the host ${route.hosts.join(' or ')} (--host)`;
    best = { agreeing, text: `the nearest is route "${route.name}" (line ${route.line}): ${route.path}${host}` };
  }
  return best.text;
}
