import type { Token } from '../../core/directory.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';
import { addressesBeyond } from './address-rules.ts';

export type RotationRefusal = Refusal<'kind_denied' | 'insufficient_scope' | 'address_denied' | 'conflict'>;

/**
 * Says why a caller may not have a token's next secret; undefined when it may. Whoever rotates a token gets to hold it,
 * so the rules are those of making one: not of another person, and nothing beyond the caller's own token. A token may
 * always rotate itself.
 */
export function rotationProblem(
  { token, owner }: { token: Token; owner: UserRecord },
  caller: Caller,
): RotationRefusal | undefined {
  if (token.kind !== 'pat') {
    return { code: 'conflict', detail: `The token ${token.id} is no personal access token; it cannot be rotated.` };
  }
  if (token.id === caller.tokenId) return undefined;
  if (owner.kind === 'human' && owner.id !== caller.subject.id) {
    const detail =
      `The token is of the person "${owner.username}", and nobody gets to hold the token of another person; ` +
      'let the person rotate it, or revoke it.';
    return { code: 'kind_denied', detail };
  }
  const missing = token.scopes.filter((scope) => !caller.scopes.has(scope));
  if (missing.length > 0) {
    return {
      code: 'insufficient_scope',
      detail:
        `Rotating a token shows its new secret, and the token that makes this call does not hold ${missing.join(', ')}; ` +
        'let the token rotate itself (POST /.wayleave/self/rotate), or use one that has those scopes in effect.',
      missingScopes: missing,
    };
  }
  const beyond = addressesBeyond(token.allowedIps, caller);
  if (beyond === undefined) return undefined;
  return { code: 'address_denied', detail: `${beyond}; let the token rotate itself, or use one that is as free.` };
}
