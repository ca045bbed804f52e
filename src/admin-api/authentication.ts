import { isAddressAllowed } from '../core/address-blocks.ts';
import { readBearer, recordProblem, unknownToken } from '../core/bearer.ts';
import { principalOf } from '../core/principal.ts';
import type { TokenHash, TokenKind } from '../core/token.ts';
import type { TokenRecord, TokenRefusal } from '../core/token-record.ts';
import { assumedCaller } from './assumed-caller.ts';
import type { Caller } from './caller.ts';
import type { AdminDeps } from './context.ts';
import type { Refusal } from './http/problem-response.ts';

/** What a credential came to: who calls, or why it does not count. */
export type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller; readonly hash: TokenHash }
  | {
      readonly kind: 'refused';
      readonly problem: Refusal<'token_invalid' | 'assume_ended' | TokenRefusal>;
      /** Where it is known whose token was refused. */
      readonly record?: TokenRecord;
    };

type Deps = Pick<AdminDeps, 'clock' | 'currentConfig' | 'lookup'>;

/**
 * Judges an Authorization header at this instant.
 * @param kinds what kinds of token are taken
 * @throws StoreUnavailable when no tier can tell
 */
export async function authenticateBearer(
  authorization: string,
  deps: Deps,
  kinds: readonly TokenKind[] = ['pat'],
): Promise<Authentication> {
  const { tokens } = deps.currentConfig();
  const credential = readBearer(authorization, [tokens.prefix, ...tokens.acceptPrefixes]);
  if (credential.kind === 'refused') return credential;
  if (!kinds.includes(credential.token.kind)) return wrongKind;
  return authenticateHash(credential.token.hash, deps);
}

/** The same for the hash of a token's secret. @throws StoreUnavailable */
export async function authenticateHash(hash: TokenHash, deps: Deps): Promise<Authentication> {
  const { tokenPolicy, roleScopes } = deps.currentConfig();
  const found = await deps.lookup.find(hash, 0);
  if (found.kind === 'absent') return unknownToken;
  const problem = recordProblem(found.record, deps.clock.now(), tokenPolicy);
  if (problem !== undefined) return { kind: 'refused', problem, record: found.record };
  const principal = principalOf(found.record, roleScopes, tokenPolicy);
  const caller = principal.assumption === undefined ? principal : assumedCaller(principal, roleScopes);
  return { kind: 'caller', caller, hash };
}

/** Says why a caller may not call from an address; undefined when it may. */
export function addressProblem(
  { tokenId, allowedIps }: Caller,
  address: string,
): Refusal<'address_denied'> | undefined {
  if (isAddressAllowed(allowedIps, address)) return undefined;
  const from = address === '' ? 'an unknown address' : address;
  return { code: 'address_denied', detail: `The token ${tokenId} may not be used from ${from} (allowed_ips).` };
}

const wrongKind: Authentication = {
  kind: 'refused',
  problem: { code: 'token_invalid', detail: 'The admin API takes personal access tokens here, and nothing else.' },
};
