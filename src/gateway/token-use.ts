import { problemStatus } from '../core/problem.ts';
import { requirementOf, type Route, type ScopeRequirement } from '../core/route.ts';
import type { SessionUse } from '../core/session-use.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { TokenUse } from '../core/token-use.ts';
import type { Decision } from './decide.ts';

/** What of an exchange counts as a use of its token; undefined when no known token was looked at. */
export function tokenUse(decision: Decision, method: string, address: string): TokenUse | undefined {
  const { route, record } = decision;
  if (route === undefined || record === undefined) return undefined;
  const scopes = scopesAsked(route, method);
  return {
    // What an assumed user does is a use of the actor's own token.
    tokenId: record.assumption?.redeemer.id ?? record.id,
    route: route.name,
    scopes,
    address,
    oldSecretUntil: ((decision.kind === 'allowed' ? decision.own : undefined) ?? record).secretExpiresAt,
    outcome: outcomeOf(decision),
    session: sessionUse(decision, record, { route: route.name, method, address }),
  };
}

/** What the report of a session tells of. */
function sessionUse(
  decision: Decision,
  { id, assumption }: TokenRecord,
  what: Pick<SessionUse, 'route' | 'method' | 'address'>,
): SessionUse | undefined {
  if (assumption === undefined) return undefined;
  const code = decision.kind === 'denied' ? decision.problem.code : undefined;
  return code === 'assume_ended' ? undefined : { sessionId: id, ...what, code };
}

function outcomeOf(decision: Decision): TokenUse['outcome'] {
  if (decision.kind === 'allowed') return 'allowed';
  return problemStatus(decision.problem) === 401 ? 'invalid' : 'denied';
}

/** Put together once: it is asked for with every request. */
const texts = new WeakMap<ScopeRequirement, string>();

function scopesAsked({ access }: Route, method: string): string {
  const requirement = access.kind === 'scopes' ? requirementOf(access, method) : undefined;
  if (requirement === undefined) return '';
  let text = texts.get(requirement);
  if (text === undefined) texts.set(requirement, (text = requirementText(requirement)));
  return text;
}

function requirementText({ all, any }: ScopeRequirement): string {
  return [...all, ...(any.length === 0 ? [] : [any.join('|')])].join(' ');
}
