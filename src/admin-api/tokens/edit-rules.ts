import type { RoleScopes } from '../../core/user-scopes.ts';
import type { Token } from '../../core/directory.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';
import { addressesBeyond } from './address-rules.ts';
import { rfc3339 } from './present.ts';
import { scopeProblem } from './scope-rules.ts';

/**
 * Says why a token may not get these scopes in place of its own; undefined when it may. Taking scopes away is free to
 * whoever may end the token. What is added must be the caller's to give, to a token that ends no later than the caller's
 * and is used from nowhere else, or a short-lived credential could live on in a longer one. Oneself, a token can only
 * narrow, and what derives from a token never gets what that one may have lost.
 */
export function editProblem(
  { token, scopes, owner }: { token: Token; scopes: readonly string[]; owner: UserRecord },
  caller: Caller,
  roleScopes: RoleScopes,
): Refusal<'insufficient_scope'> | undefined {
  const added = scopes.filter((scope) => !token.scopes.includes(scope));
  if (added.length === 0) return scopeProblem({ scopes, added, owner }, caller, roleScopes);
  if (token.id === caller.tokenId) {
    return {
      code: 'insufficient_scope',
      detail: `A token that edits itself can only lose scopes; ${added.join(', ')} would be new.`,
      missingScopes: added,
    };
  }
  if (token.parentId !== null) {
    return {
      code: 'insufficient_scope',
      detail: `What derives from a token (${token.parentId}) can only lose scopes; ${added.join(', ')} would be new.`,
      missingScopes: added,
    };
  }
  if (caller.expiresAt !== null && (token.expiresAt === null || token.expiresAt > caller.expiresAt)) {
    return {
      code: 'insufficient_scope',
      detail:
        `The token outlives the one that makes this call, which ends at ${rfc3339(caller.expiresAt)}, so it can get no ` +
        `scope by it (${added.join(', ')}); use a token that ends later.`,
      missingScopes: added,
    };
  }
  const beyond = addressesBeyond(token.allowedIps, caller);
  if (beyond !== undefined) {
    return {
      code: 'insufficient_scope',
      detail: `${beyond}, so it can get no scope by it (${added.join(', ')}); use one that is as free.`,
      missingScopes: added,
    };
  }
  return scopeProblem({ scopes, added, owner }, caller, roleScopes);
}
