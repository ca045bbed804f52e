import type { GatewayConfig } from './compiled.ts';

/** What a running gateway makes of a new gateway.yaml. */
export interface TakenConfig {
  /** The new one, with what cannot change at run time as it was at the start. */
  readonly config: GatewayConfig;
  /** Keys whose new values wait for a restart, as they stand in gateway.yaml. */
  readonly needsRestart: readonly string[];
}

/** Keys that are read once, when listeners, stores and senders open. */
const fixedKeys: Readonly<Record<string, (config: GatewayConfig) => unknown>> = {
  'listen.proxy': ({ listen }) => listen.proxy,
  'listen.admin': ({ listen }) => listen.admin,
  'listen.ops': ({ listen }) => listen.ops ?? null,
  'store.postgres': ({ store }) => store.postgres ?? null,
  'store.redis': ({ store }) => store.redis ?? null,
  'store.data_dir': ({ store }) => store.dataDir,
  'cache.entries': ({ cache }) => cache.entries,
  'cache.ttl': ({ cache }) => cache.ttlMs,
  'cache.negative_ttl': ({ cache }) => cache.negativeTtlMs,
  'limits.header_bytes': ({ limits }) => limits.headerBytes,
  'limits.header_timeout': ({ limits }) => limits.headerTimeoutMs,
  'limits.keep_alive': ({ limits }) => limits.keepAliveMs,
  'limits.connections': ({ limits }) => limits.connections,
  webhooks: ({ webhooks }) => webhooks.map(({ key, ...target }) => [target, Buffer.from(key).toString('base64')]),
};

/** Separates what a running gateway can take of a new configuration from what it was started with. */
export function takeConfig(started: GatewayConfig, next: GatewayConfig): TakenConfig {
  const needsRestart = Object.entries(fixedKeys)
    .filter(([, read]) => JSON.stringify(read(started)) !== JSON.stringify(read(next)))
    .map(([key]) => key);
  const { headerBytes, headerTimeoutMs, keepAliveMs, connections } = started.limits;
  const config = {
    ...next,
    listen: started.listen,
    store: started.store,
    cache: { ...started.cache, staleForMs: next.cache.staleForMs },
    limits: { ...next.limits, headerBytes, headerTimeoutMs, keepAliveMs, connections },
    webhooks: started.webhooks,
  };
  return { config, needsRestart };
}
