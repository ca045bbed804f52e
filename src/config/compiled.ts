import type { IdentityHeaders, IdentityPresetName } from '../core/identity.ts';
import type { RoleScopes } from '../core/user-scopes.ts';
import type { RedisAddress } from '../core/redis-url.ts';
import type { Route, Timeouts } from '../core/route.ts';
import type { TokenPolicy } from '../core/token-record.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { RouteTable } from '../core/route-table.ts';
import type { SigningAlgorithm } from '../core/signing-key.ts';

/** gateway.yaml, parsed, checked, completed with defaults and ready to be used. */
export interface GatewayConfig {
  /** The file it came from, as it was named. */
  readonly file: string;
  /** The first 12 hexadecimal digits of the SHA-256 of the file's text and of what the environment put into it. */
  readonly revision: string;
  readonly publicUrl: string | undefined;
  readonly listen: { readonly proxy: Listen; readonly admin: Listen; readonly ops: Listen | undefined };
  /** CIDRs in canonical form. */
  readonly trustedProxies: readonly string[];
  readonly store: StoreConfig;
  readonly cache: CacheConfig;
  /** The longest that any route serves known tokens while no store answers. */
  readonly longestStaleForMs: number;
  readonly tokens: TokensConfig;
  readonly assume: AssumeConfig;
  /** What today's file says about how long tokens and sessions last. */
  readonly tokenPolicy: TokenPolicy;
  readonly audit: AuditConfig;
  /** Of successes, one in so many is written. */
  readonly accessLog: { readonly oneSuccessIn: number };
  readonly limits: LimitsConfig;
  /** The catalogue: scope to description, in the file's order. */
  readonly scopes: ReadonlyMap<string, string>;
  readonly projects: readonly Project[];
  readonly roleScopes: RoleScopes;
  readonly identity: { readonly preset: IdentityPresetName; readonly headers: IdentityHeaders };
  readonly webhooks: readonly WebhookTarget[];
  readonly assertion: AssertionConfig;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** In the file's order. */
  readonly routes: readonly Route[];
  readonly table: RouteTable;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

export interface StoreConfig {
  /** undefined: the embedded store. */
  readonly postgres: string | undefined;
  /** undefined: no shared cache. */
  readonly redis: RedisAddress | undefined;
  readonly dataDir: string;
}

export interface CacheConfig {
  readonly entries: number;
  readonly ttlMs: number;
  readonly negativeTtlMs: number;
  /** What holds for routes that say nothing of their own. */
  readonly staleForMs: number;
}

export interface TokensConfig {
  readonly prefix: string;
  readonly acceptPrefixes: readonly string[];
  readonly defaultLifetimeMs: number;
  /** Infinity: tokens may be without end. */
  readonly maxLifetimeMs: number;
}

export interface AssumeConfig {
  /** What assume-user tokens may be made for: the word that stands for it, and milliseconds; Infinity: without end. */
  readonly lifetimes: ReadonlyMap<string, number>;
  readonly requireReason: boolean;
}

export interface AuditConfig {
  /** Infinity: rows are kept for ever. */
  readonly retentionMs: number;
}

/** Bounds on what clients may send; each has a default. */
export interface LimitsConfig {
  readonly headerTimeoutMs: number;
  /** The longest silence within a request body. */
  readonly bodyIdleMs: number;
  readonly keepAliveMs: number;
  readonly headerFields: number;
  readonly headerBytes: number;
  readonly targetBytes: number;
  readonly maxBodyBytes: number;
  readonly connections: number;
  /** How long a stop waits for requests under way. */
  readonly drainMs: number;
}

export interface AssertionConfig {
  readonly enabled: boolean;
  readonly lifetimeMs: number;
  /** Of signing keys that are made from now on. */
  readonly algorithm: SigningAlgorithm;
}

export interface Project {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly { readonly id: string; readonly patterns: readonly string[] }[];
}

/** How the targets of an upstream are asked for their health. */
export interface HealthCheck {
  /** Path and query. */
  readonly path: string;
  readonly intervalMs: number;
  /** At most the interval. */
  readonly timeoutMs: number;
  /** Failures in a row. */
  readonly unhealthyAfter: number;
  /** Successes in a row. */
  readonly healthyAfter: number;
}

export interface Upstream {
  readonly name: string;
  /** Origins such as `http://127.0.0.1:9000`. */
  readonly targets: readonly string[];
  /** How a target is chosen; those that do as well come in turn. */
  readonly balance: 'round_robin' | 'least_connections';
  readonly timeouts: Timeouts;
  /** The most requests and tunnels of this node that are under way to a target at a time. */
  readonly maxConnections: number;
  /** undefined: every target is taken for healthy. */
  readonly health: HealthCheck | undefined;
}
