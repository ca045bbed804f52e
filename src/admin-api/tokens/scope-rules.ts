import { scopesOfUser, type RoleScopes } from '../../core/user-scopes.ts';
import { builtInScopes, isBuiltInScope } from '../../core/scope.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';

/** The first scopes that a token may name but the catalogue does not hold; undefined when it holds them all. */
export function unknownScopeProblem(
  scopes: readonly string[],
  catalogue: ReadonlyMap<string, string>,
): Refusal<'unknown_scope'> | undefined {
  const errors = scopes.flatMap((scope, at) => {
    const known = isBuiltInScope(scope) ? Object.hasOwn(builtInScopes, scope) : catalogue.has(scope);
    return known ? [] : [{ pointer: `/scopes/${at}`, detail: `${JSON.stringify(scope)} is not in the catalogue` }];
  });
  if (errors.length === 0) return undefined;
  const names = errors.map(({ detail }) => detail).join('; ');
  const detail = `${names}. Tokens name scopes literally, as "scopes" in gateway.yaml and GET /api/v1/projects list them.`;
  return { code: 'unknown_scope', detail, errors };
}

export interface ScopeWish {
  /** Every scope that the token would have. */
  readonly scopes: readonly string[];
  /** Those among them that it has not got yet; all of them for a new token. */
  readonly added: readonly string[];
  readonly owner: UserRecord;
}

/**
 * Says which scopes the token may not get: its owner's roles must give each of them today, and a credential mints only
 * within itself, so the caller's own token must hold each that is added.
 */
export function scopeProblem(
  { scopes, added, owner }: ScopeWish,
  caller: Caller,
  roleScopes: RoleScopes,
): Refusal<'insufficient_scope'> | undefined {
  const owned = scopesOfUser(owner, roleScopes);
  const notOwned = scopes.filter((scope) => !owned.has(scope));
  const notHeld = added.filter((scope) => !caller.scopes.has(scope));
  if (notOwned.length === 0 && notHeld.length === 0) return undefined;
  const reasons = [
    notOwned.length > 0 &&
      `No role of the owner "${owner.username}" gives ${notOwned.join(', ')}; grant one that does first.`,
    notHeld.length > 0 &&
      `The token that makes this call does not hold ${notHeld.join(', ')}, and a token gives no more than it holds; ` +
        'use one that has them in effect: it must name them, and roles of its owner must give them.',
  ];
  const missingScopes = [...new Set([...notOwned, ...notHeld])];
  return { code: 'insufficient_scope', detail: reasons.filter((reason) => reason !== false).join(' '), missingScopes };
}
