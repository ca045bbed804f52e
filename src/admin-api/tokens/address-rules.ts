import { blockBeyond } from '../../core/address-blocks.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';

export type AllowedIps =
  | { readonly kind: 'allowed'; readonly blocks: readonly string[] }
  | { readonly kind: 'refused'; readonly problem: Refusal<'validation_failed'> };

/**
 * From where a new token may be used: what was asked for, which must lie within the addresses of the caller's own token;
 * those, where nothing was asked for.
 * @param asked blocks in canonical form
 */
export function resolveAllowedIps(asked: readonly string[] | undefined, caller: Caller): AllowedIps {
  if (asked === undefined) return { kind: 'allowed', blocks: caller.allowedIps };
  const blocks = [...new Set(asked)];
  const beyond = blockBeyond(blocks, caller.allowedIps);
  if (beyond === undefined) return { kind: 'allowed', blocks };
  const pointer = beyond === 'everywhere' ? '/allowed_ips' : `/allowed_ips/${asked.indexOf(beyond)}`;
  const own = caller.allowedIps.join(', ');
  return {
    kind: 'refused',
    problem: invalidField(pointer, `lies beyond the addresses of the token that makes this call, ${own}`),
  };
}

/** Says that a token may be used from more addresses than the caller's own; undefined when it may not. */
export function addressesBeyond(allowedIps: readonly string[], caller: Caller): string | undefined {
  const beyond = blockBeyond(allowedIps, caller.allowedIps);
  if (beyond === undefined) return undefined;
  const where = beyond === 'everywhere' ? 'anywhere' : beyond;
  return `The token may be used from ${where}, the one that makes this call only from ${caller.allowedIps.join(', ')}`;
}
