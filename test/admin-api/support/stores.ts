import { systemClock } from '../../../src/lib/clock.ts';
import type { AdminStores } from '../../../src/admin-api/context.ts';
import { joinAdminStores } from '../../../src/assembly/admin-stores.ts';
import type { TokenLookup } from '../../../src/core/token-lookup.ts';
import { BoundedDatabase } from '../../../src/db/bounded-database.ts';
import { PostgresChangeLog } from '../../../src/db/change-log.ts';
import { connect, type ChangeLog, type LoggedChange } from '../../../src/db/client.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { withStore } from '../../../src/db/store.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { Fences } from '../../../src/tokens/fences.ts';
import { Freshness } from '../../../src/tokens/freshness.ts';
import { InvalidationBus } from '../../../src/tokens/invalidation.ts';
import { MemoryTier } from '../../../src/tokens/memory-tier.ts';
import { PostgresTokenLookup } from '../../../src/tokens/postgres-token-lookup.ts';
import { TieredLookup } from '../../../src/tokens/tiered-lookup.ts';
import { auditWriter } from '../../support/audit.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { secretKeyFixture } from '../../support/secret-key.ts';

export interface OpenStores {
  readonly database: BoundedDatabase;
  readonly stores: AdminStores;
  readonly lookup: TokenLookup;
  readonly changes: ChangeLog;
  /** Tells what has changed. */
  readonly bus: InvalidationBus;
}

/** These tests are about answers, not deadlines: a busy machine must not turn one into a 503. */
const patience = { maxConnections: 5, waitersMax: 200, waitMs: 20_000, runMs: 20_000 };

/** The real stores on a fresh Postgres, and the lookup with its memory, joined as the program joins them. */
export async function openStores(clock: Clock): Promise<OpenStores> {
  const { url } = await freshDatabase();
  await withStore({ url }, (sql) => migrate(sql));
  const database = new BoundedDatabase({
    clock: systemClock,
    connect: (maxConnections) => connect({ url }, { maxConnections, connectTimeoutMs: 10_000, statementTimeoutMs: 0 }),
    limits: patience,
  });
  onCleanup(() => database.close());
  const [fences, bus] = [new Fences(1000), new InvalidationBus()];
  const changes = new PostgresChangeLog({
    database,
    audit: auditWriter(clock),
    onChange: (change) => {
      fences.raise(keysOf(change));
      bus.publish(keysOf(change));
    },
  });
  const bounds = { entriesMax: 1000, absencesMax: 1000, ttlMs: 30_000, negativeTtlMs: 5000 };
  const memory = new MemoryTier(bounds, { clock, fences, freshness: new Freshness(clock) });
  return {
    database,
    changes,
    bus,
    stores: joinAdminStores({ database, changes, clock, secretKey: secretKeyFixture() }),
    lookup: new TieredLookup({ memory, source: new PostgresTokenLookup(database) }),
  };
}

function keysOf(change: LoggedChange): readonly string[] {
  return change.kind === 'committed' ? change.rows.map(({ key }) => key) : change.keys;
}
