import { caddy, caddyAuth } from './caddy.ts';
import { direct } from './direct.ts';
import { assumed, assumedByHeader, gateway, withoutAssertion } from './gateway.ts';
import { nginx, nginxAuth } from './nginx.ts';
import { httpProxy, undici } from './node-proxies.ts';
import type { Peer } from './peer.ts';

/** Every peer, in the order of the table. */
export const allPeers: readonly Peer[] = [
  gateway,
  direct,
  undici,
  httpProxy,
  nginx,
  nginxAuth,
  caddy,
  caddyAuth,
  withoutAssertion,
  assumed,
  assumedByHeader,
];
