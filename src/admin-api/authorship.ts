import type { Context } from 'hono';
import type { Author } from '../core/audit.ts';
import type { AdminEnv } from './context.ts';
import { callerAddress } from './http/caller-address.ts';

/** Who makes a call, as the audit log writes it down. */
export function authorOf(c: Context<AdminEnv>): Author {
  const { caller, requestId } = c.var;
  const address = callerAddress(c);
  return {
    userId: caller.subject.id,
    actorId: caller.actor?.id ?? null,
    tokenId: caller.tokenId,
    organizationId: caller.subject.organization.id,
    address: address === '' ? null : address,
    requestId,
    via: 'api',
  };
}
