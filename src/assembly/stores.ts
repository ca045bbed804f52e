import { joinAdminStores, type PostgresAdminStores } from './admin-stores.ts';
import { recordAudit, type AuditRecording } from './audit-recording.ts';
import type { PastDecisions } from '../admin-api/ports/decisions.ts';
import type { RefusalNotes } from '../admin-api/ports/audit.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import { coordinate, sharedWindowMs, type Coordination } from './coordination.ts';
import type { SecretKey } from '../core/secret-key.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import { PostgresChangeLog } from '../db/change-log.ts';
import type { ChangeLog, Database } from '../db/client.ts';
import { openStore, type Store, type StoreLocation } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { openSharedRedis, type SharedRedis } from './shared-redis.ts';
import type { InvalidationBus } from '../tokens/invalidation.ts';
import { ExpiringCounts } from '../tokens/expiring.ts';
import { MemoryTier } from '../tokens/memory-tier.ts';
import { countExpiring } from '../tokens/postgres-expiring.ts';
import { PostgresTokenLookup } from '../tokens/postgres-token-lookup.ts';
import { TieredLookup } from '../tokens/tiered-lookup.ts';
import { recordDecisions, type DecisionRecording } from './decision-recording.ts';
import { readDecisions } from './past-decisions.ts';
import { sweepTokens } from './token-sweeping.ts';
import { keepSessions } from './session-keeping.ts';
import { recordUsage, type UsageRecording } from './usage-recording.ts';
import { sendWebhooks, type WebhookSending } from './webhook-sending.ts';

/** The open store with everything that reads and writes it. */
export interface Stores extends PostgresAdminStores {
  readonly kind: Store['kind'];
  /** For what people wait for, as the admin API uses it. */
  readonly database: Database;
  readonly lookup: TokenLookup;
  /** Where changes are written in the gateway's own name. */
  readonly changes: ChangeLog;
  /** Tells what has changed, here or on another node. */
  readonly invalidations: InvalidationBus;
  /** What this node knows of changes, and of the other nodes. */
  readonly coordination: Coordination;
  /** Where uses of tokens are noted. */
  readonly tokenUses: UsageRecording['gatherer'];
  /** Where decisions are noted, and what was decided. */
  readonly decisions: DecisionRecording['gatherer'];
  readonly pastDecisions: PastDecisions;
  /** What targets of webhooks were told. */
  readonly webhookDeliveries: WebhookSending['deliveries'];
  /** Where refused calls of the admin API are counted. */
  readonly refusals: RefusalNotes;
  /** Resolves to undefined when the store answers, or to the reason why not. */
  check(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface StoresOptions {
  readonly location: StoreLocation;
  readonly secretKey: SecretKey;
  readonly config: GatewayConfig;
  /** The configuration in force at this moment. */
  readonly currentConfig: () => GatewayConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** Told when the embedded store has ended by itself; nothing but a restart helps. */
  readonly onLost: (reason: Error) => void;
}

const absencesMax = 10_000;

/** Opens the store and joins its parts. @throws StoreSetupError, StoreUnavailable */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { location, logger, metrics } = options;
  const store = await openStore(location, {
    role: 'serve',
    onOutage: (reason) => {
      if (reason === undefined) logger.info('the store answers again');
      else {
        metrics.storeError();
        logger.error({ err: reason }, 'the store does not answer');
      }
    },
    onLost: (reason) => {
      logger.fatal({ err: reason }, 'the embedded store has ended; the gateway stops');
      options.onLost(reason);
    },
  });
  const redis = openRedis(options);
  try {
    const coordination = await coordinate({ ...options, store, shared: redis?.tier, push: redis?.push });
    const [usage, webhooks] = [recordUsage({ ...options, store }), sendWebhooks({ ...options, store })];
    const decisions = recordDecisions({ ...options, store });
    const audit = recordAudit({ ...options, store, retentionMs: () => options.currentConfig().audit.retentionMs });
    const sweep = sweepTokens({ ...options, store });
    return joinStores(options, { store, redis, coordination, usage, decisions, webhooks, audit, sweep });
  } catch (error) {
    await redis?.close();
    await store.close();
    throw error;
  }
}

function openRedis({ config, secretKey, clock, logger, metrics }: StoresOptions): SharedRedis | undefined {
  const address = config.store.redis;
  if (address === undefined) return undefined;
  return openSharedRedis({
    address,
    secretKey,
    clock,
    logger,
    prefix: `wl:${config.tokens.prefix}:`,
    lifetimeMs: sharedWindowMs(config),
    metrics: metrics.redis,
  });
}

interface Parts {
  readonly store: Store;
  readonly redis: SharedRedis | undefined;
  readonly coordination: Coordination;
  readonly usage: UsageRecording;
  readonly decisions: DecisionRecording;
  readonly webhooks: WebhookSending;
  readonly audit: AuditRecording;
  readonly sweep: { close(): Promise<void> };
}

function joinStores(options: StoresOptions, parts: Parts): Stores {
  const { config, currentConfig, clock, logger, metrics, secretKey } = options;
  const { store, redis, coordination, usage, decisions, webhooks, audit, sweep } = parts;
  const { entries, ttlMs, negativeTtlMs } = config.cache;
  const memory = new MemoryTier({ entriesMax: entries, absencesMax, ttlMs, negativeTtlMs }, { clock, ...coordination });
  const changes = new PostgresChangeLog({
    database: store.admin,
    audit: audit.writer,
    onChange: coordination.noteChange,
  });
  audit.start(changes);
  const lookup = new TieredLookup({
    memory,
    source: new PostgresTokenLookup(store.data),
    ...(redis !== undefined && { sharing: { tier: redis.tier, ...coordination } }),
    observe: (tier, result) => metrics.cacheLookup(tier, result),
  });
  const { bus } = coordination;
  const sessions = keepSessions({ database: store.admin, changes, lookup, bus, clock, config: currentConfig, logger });
  const expiring = new ExpiringCounts(() => countExpiring(store.admin, clock.now()), clock);
  metrics.tokens.watchExpiring(() => expiring.counts());
  return {
    kind: store.kind,
    database: store.admin,
    ...joinAdminStores({ database: store.admin, changes, clock, secretKey }),
    changes,
    tokenUses: usage.gatherer,
    decisions: decisions.gatherer,
    pastDecisions: readDecisions(store.admin, decisions),
    webhookDeliveries: webhooks.deliveries,
    refusals: audit.refusals,
    lookup,
    invalidations: bus,
    coordination,
    check: async () => {
      await store.data.query((sql) => sql`SELECT 1`);
      return undefined;
    },
    close: async () => {
      await sweep.close();
      await sessions.close();
      await audit.close();
      await webhooks.close();
      await usage.close();
      await decisions.close();
      await coordination.close();
      await redis?.close();
      await store.close();
    },
  };
}
