import type { GatewayConfig } from '../config/compiled.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { Clock } from '../lib/clock.ts';
import { UpstreamPools } from '../upstreams/pools.ts';
import { bearerAuthentication, type Authenticate } from './authenticate.ts';
import { TrustedProxies } from './client-address.ts';
import { UpstreamHead } from './identity-headers.ts';
import { Sanitizer } from './sanitize.ts';

/** Everything that follows from one revision of gateway.yaml; a request keeps the one it began under. */
export interface Runtime {
  readonly config: GatewayConfig;
  readonly sanitizer: Sanitizer;
  readonly authenticate: Authenticate;
  readonly trustedProxies: TrustedProxies;
  readonly upstreamHead: UpstreamHead;
  readonly pools: UpstreamPools;
  /** The realm of challenges. */
  readonly realm: string;
}

/** Builds what the data plane needs of a configuration. */
export function createRuntime(config: GatewayConfig, lookup: TokenLookup, clock: Clock): Runtime {
  return {
    config,
    sanitizer: createSanitizer(config),
    authenticate: bearerAuthentication({
      lookup,
      clock,
      prefixes: [config.tokens.prefix, ...config.tokens.acceptPrefixes],
      roleScopes: config.roleScopes,
    }),
    trustedProxies: new TrustedProxies(config.trustedProxies),
    upstreamHead: new UpstreamHead(config.identity),
    pools: new UpstreamPools(config.upstreams.values()),
    realm: config.publicUrl ?? 'wayleave',
  };
}

/** The sanitizer alone, for explanations without a gateway. */
export function createSanitizer(config: GatewayConfig): Sanitizer {
  return new Sanitizer(
    config.limits,
    config.identity.headers.map(([name]) => name),
  );
}
