import type { GatewayConfig } from '../config/compiled.ts';
import { issuerOf } from '../core/assertion.ts';
import type { HeaderSessions } from '../core/redemption.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { Clock } from '../lib/clock.ts';
import { UseCount } from '../lib/use-count.ts';
import type { HealthChecks } from '../upstreams/health-checks.ts';
import { UpstreamPools } from '../upstreams/pools.ts';
import { Assertions, type AssertionKeys } from './assertion.ts';
import { bearerAuthentication, type Authenticate } from './authenticate.ts';
import { TrustedProxies } from './client-address.ts';
import { UpstreamHead } from './identity-headers.ts';
import { Sanitizer } from './sanitize.ts';
import { shadowsOf, type ShadowRules } from './shadow.ts';

/** Everything that follows from one revision of gateway.yaml; a request keeps the one it began under. */
export interface Runtime {
  readonly config: GatewayConfig;
  readonly sanitizer: Sanitizer;
  readonly authenticate: Authenticate;
  readonly trustedProxies: TrustedProxies;
  readonly upstreamHead: UpstreamHead;
  readonly pools: UpstreamPools;
  /** They decide beside it. */
  readonly shadows: readonly ShadowRules[];
  /** The exchanges that go by it. */
  readonly exchanges: UseCount;
  /** What verifiers of assertions are told. */
  readonly keySet: AssertionKeys['keySet'];
  /** The host of public_url, in lower case. */
  readonly publicHost: string | undefined;
  /** The realm of challenges. */
  readonly realm: string;
}

export interface RuntimeParts {
  readonly lookup: TokenLookup;
  /** Opens sessions that headers ask for. */
  readonly sessions?: HeaderSessions;
  readonly clock: Clock;
  readonly keys: AssertionKeys;
  /** Without it every target of an upstream is taken for healthy. */
  readonly health?: HealthChecks;
  /** Another gateway.yaml, which decides beside the one in force. */
  readonly shadow?: GatewayConfig | undefined;
}

/**
 * Builds what the data plane needs of a configuration.
 * @param before the runtime that this one replaces: connections to upstreams that are the same in both are shared
 */
export function createRuntime(config: GatewayConfig, parts: RuntimeParts, before?: Runtime): Runtime {
  const { clock, keys } = parts;
  const authenticate = authenticationOf(config, parts);
  const { enabled, lifetimeMs } = config.assertion;
  const issuer = issuerOf(config.publicUrl);
  return {
    config,
    sanitizer: createSanitizer(config),
    authenticate,
    shadows: shadowRules(config, authenticate, parts),
    trustedProxies: new TrustedProxies(config.trustedProxies),
    upstreamHead: new UpstreamHead(
      config.identity,
      enabled ? new Assertions({ keys, clock, issuer, lifetimeMs }) : undefined,
    ),
    keySet: () => keys.keySet(),
    pools: new UpstreamPools(config.upstreams.values(), { before: before?.pools, health: parts.health }),
    exchanges: new UseCount(),
    publicHost: publicHostOf(config),
    realm: config.publicUrl ?? 'wayleave',
  };
}

function authenticationOf(config: GatewayConfig, { lookup, sessions, clock }: RuntimeParts): Authenticate {
  return bearerAuthentication({
    lookup,
    clock,
    prefixes: [config.tokens.prefix, ...config.tokens.acceptPrefixes],
    roleScopes: config.roleScopes,
    policy: config.tokenPolicy,
    ...(sessions !== undefined && { sessions }),
  });
}

function shadowRules(config: GatewayConfig, authenticate: Authenticate, parts: RuntimeParts): ShadowRules[] {
  const { shadow } = parts;
  const ofRoutes = shadowsOf(config, authenticate);
  return [
    ...(ofRoutes === undefined ? [] : [ofRoutes]),
    ...(shadow === undefined
      ? []
      : [{ by: 'file', config: shadow, authenticate: authenticationOf(shadow, parts) } as const]),
  ];
}

/** The host by which clients know the gateway, as requests name it. */
export function publicHostOf({ publicUrl }: GatewayConfig): string | undefined {
  return publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
}

/** The sanitizer alone, for explanations without a gateway. */
export function createSanitizer(config: GatewayConfig): Sanitizer {
  return new Sanitizer(
    config.limits,
    config.identity.headers.map(([name]) => name),
  );
}
