import { isIP } from 'node:net';
import type { GatewayConfig } from '../../config/compiled.ts';

/**
 * Says whether a Host header is one the admin listener answers to. A page that rebinds its own name to this address
 * still sends that name, and no name is taken but loopback's and the configured ones. An address cannot be rebound,
 * so a listener on every address takes any.
 */
export function isAdminHost(host: string, config: Pick<GatewayConfig, 'listen' | 'publicUrl'>): boolean {
  const name = hostname(host);
  if (name === undefined) return false;
  if (name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'))) return true;
  const listening = config.listen.admin.host.toLowerCase();
  if (name === listening) return true;
  if ((listening === '0.0.0.0' || listening === '::') && isIP(name) !== 0) return true;
  return config.publicUrl !== undefined && name === new URL(config.publicUrl).hostname;
}

/** The name of `name:port` in lower case, an IPv6 address without its brackets; undefined when it is malformed. */
function hostname(host: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

/** Says whether an Origin header names the very host that the request was sent to. */
export function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
