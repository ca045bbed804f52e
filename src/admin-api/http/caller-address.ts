import type { Context } from 'hono';
import { clientAddress, forwardedChain } from '../../core/client-address.ts';
import type { AdminEnv } from '../context.ts';
import { peerAddress, trustedBlocks } from './transport.ts';

/** Where a call comes from: its peer or, behind trusted proxies, what they say; '' where there is no connection. */
export function callerAddress(c: Context<AdminEnv>): string {
  return clientAddress(peerAddress(c), forwardedChain(c.req.header('x-forwarded-for')), trustedBlocks(c));
}
