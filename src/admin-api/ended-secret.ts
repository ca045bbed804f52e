import type { Context } from 'hono';
import { isSecretEnded, type TokenRecord } from '../core/token-record.ts';
import type { AdminEnv } from './context.ts';
import { callerAddress } from './http/caller-address.ts';

/** Notes it when somebody still sends a secret that a rotation has ended. */
export function noteEndedSecret(c: Context<AdminEnv>, record: TokenRecord | undefined): void {
  const { clock, endedSecrets } = c.var.deps;
  if (record === undefined || !isSecretEnded(record, clock.now())) return;
  endedSecrets.note({ record, address: callerAddress(c), requestId: c.var.requestId, via: 'api' });
}
