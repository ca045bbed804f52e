import type { Context } from 'hono';
import { AddressBlocks } from '../../core/address-blocks.ts';
import type { AdminEnv } from '../context.ts';

/** Made once for a list of gateway.yaml. */
const lists = new WeakMap<readonly string[], AddressBlocks>();

/** The proxies whose word counts. */
export function trustedBlocks(c: Context<AdminEnv>): AddressBlocks {
  const { trustedProxies } = c.var.deps.currentConfig();
  let trusted = lists.get(trustedProxies);
  if (trusted === undefined) lists.set(trustedProxies, (trusted = new AddressBlocks(trustedProxies)));
  return trusted;
}

/** The address of the connection's other end; '' where there is no connection. IPv4 also on a dual-stack listener. */
export function peerAddress(c: Context<AdminEnv>): string {
  const address = c.env?.incoming?.socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

/** Says whether the browser's connection has TLS: this listener's own, or that of a trusted proxy before it. */
export function isSecure(c: Context<AdminEnv>): boolean {
  const socket = c.env?.incoming?.socket;
  if (socket !== undefined && 'encrypted' in socket) return true;
  return c.req.header('x-forwarded-proto') === 'https' && trustedBlocks(c).has(peerAddress(c));
}
