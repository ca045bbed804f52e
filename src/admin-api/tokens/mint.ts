import type { z } from '@hono/zod-openapi';
import { hashToken, lastFour, type RawToken } from '../../core/token.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { AdminDeps } from '../context.ts';
import type { Refusal } from '../http/problem-response.ts';
import type { NewToken } from '../ports/tokens.ts';
import { resolveAllowedIps } from './address-rules.ts';
import { resolveExpiry } from './expiry.ts';
import { scopeProblem } from './scope-rules.ts';
import type { newToken } from './schema.ts';

export type Minted =
  | { readonly kind: 'minted'; readonly secret: RawToken; readonly record: NewToken }
  | { readonly kind: 'refused'; readonly problem: Refusal<'insufficient_scope' | 'validation_failed'> };

/** Draws a token as it was asked for, or says which bound it would leave. Its scopes are in the catalogue. */
export function mint(
  input: z.output<typeof newToken>,
  owner: UserRecord,
  caller: Caller,
  deps: Pick<AdminDeps, 'clock' | 'currentConfig' | 'mintToken'>,
): Minted {
  const config = deps.currentConfig();
  const scopes = [...new Set(input.scopes)];
  const problem = scopeProblem({ scopes, added: scopes, owner }, caller, config.roleScopes);
  if (problem !== undefined) return { kind: 'refused', problem };
  const expiry = resolveExpiry(input, {
    nowMs: deps.clock.now(),
    defaultLifetimeMs: config.tokens.defaultLifetimeMs,
    maxLifetimeMs: config.tokens.maxLifetimeMs,
    callerExpiresAt: caller.expiresAt,
  });
  if (expiry.kind === 'refused') return expiry;
  const addresses = resolveAllowedIps(input.allowed_ips, caller);
  if (addresses.kind === 'refused') return addresses;
  const secret = deps.mintToken(config.tokens.prefix);
  const record: NewToken = {
    userId: owner.id,
    name: input.name,
    ...(input.purpose !== undefined && { purpose: input.purpose }),
    scopes,
    allowedIps: addresses.blocks,
    expiresAt: expiry.expiresAt,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
    createdBy: caller.subject.id,
  };
  return { kind: 'minted', secret, record };
}
