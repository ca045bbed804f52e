import type { Context } from 'hono';
import { AddressBlocks } from '../../core/address-blocks.ts';
import { clientAddress, forwardedChain } from '../../core/client-address.ts';
import type { AdminEnv } from '../context.ts';

/** Made once for a list of gateway.yaml. */
const lists = new WeakMap<readonly string[], AddressBlocks>();

/** Where a call comes from: its peer or, behind trusted proxies, what they say; '' where there is no connection. */
export function callerAddress(c: Context<AdminEnv>): string {
  const peer = plain(c.env?.incoming?.socket.remoteAddress ?? '');
  const { trustedProxies } = c.var.deps.currentConfig();
  let trusted = lists.get(trustedProxies);
  if (trusted === undefined) lists.set(trustedProxies, (trusted = new AddressBlocks(trustedProxies)));
  return clientAddress(peer, forwardedChain(c.req.header('x-forwarded-for')), trusted);
}

/** IPv4 addresses in their own form, also on a dual-stack listener. */
function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
