import type { AssumeConfig } from '../../config/compiled.ts';
import { isBuiltInScope } from '../../core/scope.ts';
import type { UserRecord } from '../../core/token-record.ts';
import { scopesOfUser, type RoleScopes } from '../../core/user-scopes.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { rfc3339 } from '../tokens/present.ts';

/**
 * Says why nobody may be let in as this user; undefined when somebody may.
 * @param subject whose identity upstreams would see
 */
export function subjectProblem(
  subject: UserRecord,
  roleScopes: RoleScopes,
): Refusal<'grant_denied' | 'conflict'> | undefined {
  if (scopesOfUser(subject, roleScopes).has('wayleave:platform')) {
    return {
      code: 'grant_denied',
      detail: `"${subject.username}" is an admin of the platform, and those are never assumed; name another user.`,
    };
  }
  if (subject.status === 'active') return undefined;
  return { code: 'conflict', detail: `The user "${subject.username}" is disabled; enable the user first.` };
}

export type GrantedScopes =
  | { readonly kind: 'scopes'; readonly scopes: readonly string[] }
  | { readonly kind: 'refused'; readonly problem: Refusal<'insufficient_scope' | 'validation_failed'> };

/**
 * What an assume-user token may do: what was asked for, as far as the subject has it today and the token that issues it
 * holds it; everything of that unless told. Rights on Wayleave itself are never lent.
 */
export function grantScopes(
  wish: readonly string[] | undefined,
  subject: UserRecord,
  caller: Caller,
  roleScopes: RoleScopes,
): GrantedScopes {
  const owned = scopesOfUser(subject, roleScopes);
  if (wish === undefined) {
    const all = [...owned].filter((scope) => !isBuiltInScope(scope) && caller.scopes.has(scope));
    return all.length > 0 ? { kind: 'scopes', scopes: all } : refused(nothingToLend(subject));
  }
  const builtIn = wish.findIndex(isBuiltInScope);
  if (builtIn >= 0) {
    return refused(invalidField(`/scopes/${builtIn}`, 'is a right on Wayleave itself, which no assumed user has'));
  }
  const notOwned = wish.filter((scope) => !owned.has(scope));
  const notHeld = wish.filter((scope) => !caller.scopes.has(scope));
  if (notOwned.length === 0 && notHeld.length === 0) return { kind: 'scopes', scopes: [...new Set(wish)] };
  const reasons = [
    notOwned.length > 0 && `No role of "${subject.username}" gives ${notOwned.join(', ')}.`,
    notHeld.length > 0 &&
      `The token that makes this call does not hold ${notHeld.join(', ')}, and a token gives no more than it holds.`,
  ];
  return refused({
    code: 'insufficient_scope',
    detail: reasons.filter((reason) => reason !== false).join(' '),
    missingScopes: [...new Set([...notOwned, ...notHeld])],
  });
}

function nothingToLend({ username }: UserRecord): Refusal<'insufficient_scope'> {
  return {
    code: 'insufficient_scope',
    detail:
      `There is no scope of gateway.yaml that both "${username}" and the token that makes this call have, so there is ` +
      'nothing to give; use a token that also holds what the helper needs, such as one with all scopes of your roles.',
    missingScopes: [],
  };
}

function refused(problem: Refusal<'insufficient_scope' | 'validation_failed'>): GrantedScopes {
  return { kind: 'refused', problem };
}

export type GrantEnd =
  | { readonly kind: 'end'; readonly expiresAt: number | null }
  | { readonly kind: 'refused'; readonly problem: Refusal<'validation_failed'> };

/**
 * When an assume-user token ends. It outlives the token that issues it in no case: what is asked for beyond that is
 * refused, and `lifetime`, which has no end of its own, gets that of the issuing token.
 * @param callerExpiresAt when that one ends, in epoch milliseconds; null: never
 */
export function grantEnd(
  validity: string,
  { lifetimes }: AssumeConfig,
  nowMs: number,
  callerExpiresAt: number | null,
): GrantEnd {
  const lifetimeMs = lifetimes.get(validity);
  if (lifetimeMs === undefined) {
    return wrong(`is none of ${[...lifetimes.keys()].join(', ')} (assume.lifetimes)`);
  }
  if (lifetimeMs === Infinity) return { kind: 'end', expiresAt: callerExpiresAt };
  const expiresAt = nowMs + lifetimeMs;
  if (callerExpiresAt === null || expiresAt <= callerExpiresAt) return { kind: 'end', expiresAt };
  const end = rfc3339(callerExpiresAt);
  return wrong(`lies beyond ${end}, when the token that makes this call ends; a token makes none that outlives it`);
}

function wrong(fault: string): GrantEnd {
  return { kind: 'refused', problem: invalidField('/validity', fault) };
}
