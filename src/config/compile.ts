import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { withoutEnd } from '../core/assume.ts';
import { identityPresets, type IdentityField } from '../core/identity.ts';
import type { RoleScopes } from '../core/user-scopes.ts';
import type { Route } from '../core/route.ts';
import { compileRoutes } from '../core/route-table.ts';
import { expandPatterns } from '../core/scope.ts';
import { readWebhookKey, type WebhookTarget } from '../core/webhook.ts';
import { parseDuration } from '../lib/units.ts';
import { compileTimeouts } from './compile-route.ts';
import type { GatewayConfig, HealthCheck, Listen, Project, Upstream } from './compiled.ts';
import type { HealthFile } from './schema-health.ts';
import { parseAddress, type ListenFile } from './schema-network.ts';
import { compileRedis } from './schema-redis.ts';
import type { Sections } from './sections.ts';

/** The sections once all of them are known to be good. */
export type GoodSections = { readonly [Key in Exclude<keyof Sections, 'publicUrl'>]: NonNullable<Sections[Key]> } & {
  readonly publicUrl: string | undefined;
};

export interface Origin {
  readonly file: string;
  readonly text: string;
  /** What the environment put into the file, by variable. */
  readonly used: ReadonlyMap<string, string>;
}

/** A URL as headers and links can hold it: names in Punycode, other characters escaped, no final slash. */
function inAscii(url: string): string {
  return new URL(url).href.replace(/\/+$/, '');
}

/** Makes the configuration from sections that have been found good. Paths become absolute, from the file's folder. */
export function compileConfig(sections: GoodSections, routes: readonly Route[], origin: Origin): GatewayConfig {
  const { listen, store, cache, tokens, limits, identity } = sections;
  const at = (path: string) => resolve(dirname(origin.file), path);
  const scopes = new Map(Object.entries(sections.scopes));
  const projects = compileProjects(sections.projects);
  return {
    file: origin.file,
    revision: revisionOf(origin),
    publicUrl: sections.publicUrl === undefined ? undefined : inAscii(sections.publicUrl),
    listen: {
      proxy: compileListen(listen.proxy, at),
      admin: compileListen(listen.admin, at),
      ops: listen.ops === undefined ? undefined : compileListen(listen.ops, at),
    },
    trustedProxies: sections.trustedProxies,
    store: {
      postgres: store.postgres || undefined,
      redis: compileRedis(store.redis),
      dataDir: at(store.data_dir),
    },
    cache: { entries: cache.entries, ttlMs: cache.ttl, negativeTtlMs: cache.negative_ttl, staleForMs: cache.stale_for },
    longestStaleForMs: longestStale(routes),
    tokens: {
      prefix: tokens.prefix,
      acceptPrefixes: tokens.accept_prefixes,
      defaultLifetimeMs: tokens.default_lifetime,
      maxLifetimeMs: tokens.max_lifetime,
    },
    assume: compileAssume(sections.assume),
    tokenPolicy: { maxLifetimeMs: tokens.max_lifetime, sessionMaxMs: sections.assume.session_max },
    audit: { retentionMs: sections.audit.retention },
    accessLog: { oneSuccessIn: sections.accessLog.one_success_in },
    limits: {
      headerTimeoutMs: limits.header_timeout,
      bodyIdleMs: limits.body_idle_timeout,
      keepAliveMs: limits.keep_alive,
      headerFields: limits.header_fields,
      headerBytes: limits.header_bytes,
      targetBytes: limits.target_bytes,
      maxBodyBytes: limits.max_body,
      connections: limits.connections,
      drainMs: limits.drain,
    },
    scopes,
    projects,
    roleScopes: compileRoles(projects, [...scopes.keys()]),
    identity: { preset: identity.preset, headers: compileIdentity(identity) },
    webhooks: sections.webhooks.map(compileWebhook),
    assertion: {
      enabled: identity.assertion.enabled,
      lifetimeMs: identity.assertion.lifetime,
      algorithm: identity.assertion.algorithm,
    },
    upstreams: compileUpstreams(sections.upstreams),
    routes,
    table: compileRoutes(routes),
  };
}

function compileAssume({ lifetimes, require_reason: requireReason }: GoodSections['assume']): GatewayConfig['assume'] {
  const bounds = lifetimes.map((text) => [text, text === withoutEnd ? Infinity : (parseDuration(text) ?? 0)] as const);
  return { lifetimes: new Map(bounds), requireReason };
}

/** A public route looks at no token, so it serves none that is stale. */
function longestStale(routes: readonly Route[]): number {
  return routes.reduce((longest, { access, staleForMs, shadow }) => {
    return shadow || access.kind === 'public' ? longest : Math.max(longest, staleForMs);
  }, 0);
}

function revisionOf({ text, used }: Origin): string {
  const variables = [...used].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(text).update('\0').update(JSON.stringify(variables)).digest('hex').slice(0, 12);
}

/** @param at makes a path of the file absolute */
export function compileListen(listen: ListenFile, at: (path: string) => string): Listen {
  const address = parseAddress(listen.address);
  if (address === undefined) throw new Error(`an address that was found good is not: ${listen.address}`);
  return { ...address, tls: listen.tls && { cert: at(listen.tls.cert), key: at(listen.tls.key) } };
}

function compileProjects(projects: GoodSections['projects']): Project[] {
  return Object.entries(projects).map(([id, { name, roles }]) => ({
    id,
    name,
    roles: Object.entries(roles).map(([role, patterns]) => ({ id: role, patterns })),
  }));
}

function compileRoles(projects: readonly Project[], catalogue: readonly string[]): RoleScopes {
  const roles = new Map<string, ReadonlySet<string>>();
  for (const { id, roles: ofProject } of projects) {
    for (const role of ofProject) roles.set(`${id}/${role.id}`, new Set(expandPatterns(role.patterns, catalogue)));
  }
  return roles;
}

function compileIdentity({ preset, headers }: GoodSections['identity']): readonly (readonly [string, IdentityField])[] {
  return preset === 'custom' ? Object.entries(headers ?? {}) : identityPresets[preset];
}

function compileUpstreams(upstreams: GoodSections['upstreams']): ReadonlyMap<string, Upstream> {
  const compiled = Object.entries(upstreams).map(([name, { targets, balance, timeouts, health, ...upstream }]) => {
    const maxConnections = upstream.max_connections;
    const checked = { health: health && compileHealth(health), maxConnections };
    return [name, { name, targets, balance, timeouts: compileTimeouts(timeouts), ...checked }] as const;
  });
  return new Map(compiled);
}

const usualCheckTimeoutMs = 2000;

function compileHealth(file: HealthFile): HealthCheck {
  return {
    path: file.path,
    intervalMs: file.interval,
    timeoutMs: file.timeout ?? Math.min(usualCheckTimeoutMs, file.interval),
    unhealthyAfter: file.unhealthy_after,
    healthyAfter: file.healthy_after,
  };
}

function compileWebhook({ key, timeout, ...target }: GoodSections['webhooks'][number]): WebhookTarget {
  const bytes = readWebhookKey(key);
  if (bytes === undefined) throw new Error('a signing key that was found good is not');
  return { ...target, organizations: target.organizations, key: bytes, timeoutMs: timeout };
}
