import type { AdminStores } from './admin-api/context.ts';
import type { GatewayConfig } from './config/compiled.ts';
import type { TokenLookup } from './core/token-lookup.ts';
import { PostgresChangeLog } from './db/change-log.ts';
import { openStore, type Store, type StoreLocation } from './db/store.ts';
import { PostgresAuthorizations } from './directory/postgres-authorizations.ts';
import { PostgresOrganizations } from './directory/postgres-organizations.ts';
import { PostgresUsers } from './directory/postgres-users.ts';
import type { Clock } from './lib/clock.ts';
import type { Logger } from './observability/logger.ts';
import type { GatewayMetrics } from './observability/metrics.ts';
import { Fences } from './tokens/fences.ts';
import { InvalidationBus } from './tokens/invalidation.ts';
import { MemoryTier } from './tokens/memory-tier.ts';
import { PostgresTokenLookup } from './tokens/postgres-token-lookup.ts';
import { PostgresTokens } from './tokens/postgres-tokens.ts';
import { TieredLookup } from './tokens/tiered-lookup.ts';

/** The open store with everything that reads and writes it. */
export interface Stores extends AdminStores {
  readonly kind: Store['kind'];
  readonly authorizations: PostgresAuthorizations;
  readonly tokens: PostgresTokens;
  readonly lookup: TokenLookup;
  /** Resolves to undefined when the store answers, or to the reason why not. */
  check(): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface StoresOptions {
  readonly location: StoreLocation;
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

const fencesMax = 100_000;
const absencesMax = 10_000;

/** Opens the store and joins its parts. @throws StoreSetupError */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { config, clock, logger, metrics } = options;
  const store = await openStore(options.location, {
    role: 'serve',
    onOutage: (reason) => {
      if (reason === undefined) logger.info('the store answers again');
      else {
        metrics.storeError();
        logger.error({ err: reason }, 'the store does not answer');
      }
    },
    onLost: (reason) => logger.fatal({ err: reason }, 'the embedded store has ended; restart the gateway'),
  });
  const bus = new InvalidationBus();
  const fences = new Fences(fencesMax);
  bus.subscribe((keys) => fences.raise(keys));
  const { entries, ttlMs, negativeTtlMs, staleForMs } = config.cache;
  const memory = new MemoryTier(
    { entriesMax: entries, absencesMax, ttlMs, negativeTtlMs, staleForMs },
    { clock, fences },
  );
  const forget = (keys: readonly string[]): void => bus.publish(keys);
  const changes = new PostgresChangeLog({ database: store.admin, clock, forget });
  const directory = { database: store.admin, changes, clock };
  return {
    kind: store.kind,
    organizations: new PostgresOrganizations(directory),
    users: new PostgresUsers(directory),
    authorizations: new PostgresAuthorizations(directory),
    tokens: new PostgresTokens({ ...directory, forget }),
    lookup: new TieredLookup(memory, new PostgresTokenLookup(store.data), (tier, result) =>
      metrics.cacheLookup(tier, result),
    ),
    check: async () => {
      await store.data.query((sql) => sql`SELECT 1`);
      return undefined;
    },
    close: () => store.close(),
  };
}
