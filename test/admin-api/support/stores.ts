import type { AdminStores } from '../../../src/admin-api/context.ts';
import type { TokenLookup } from '../../../src/core/token-lookup.ts';
import { BoundedDatabase } from '../../../src/db/bounded-database.ts';
import { PostgresChangeLog } from '../../../src/db/change-log.ts';
import { connect } from '../../../src/db/client.ts';
import { migrate } from '../../../src/db/migrate.ts';
import { withStore } from '../../../src/db/store.ts';
import { PostgresAuthorizations } from '../../../src/directory/postgres-authorizations.ts';
import { PostgresOrganizations } from '../../../src/directory/postgres-organizations.ts';
import { PostgresUsers } from '../../../src/directory/postgres-users.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { Fences } from '../../../src/tokens/fences.ts';
import { MemoryTier } from '../../../src/tokens/memory-tier.ts';
import { PostgresTokenLookup } from '../../../src/tokens/postgres-token-lookup.ts';
import { PostgresTokens } from '../../../src/tokens/postgres-tokens.ts';
import { TieredLookup } from '../../../src/tokens/tiered-lookup.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { freshDatabase } from '../../support/postgres.ts';

export interface OpenStores {
  readonly database: BoundedDatabase;
  readonly stores: AdminStores;
  readonly lookup: TokenLookup;
}

/** These tests are about answers, not deadlines: a busy machine must not turn one into a 503. */
const patience = { maxConnections: 5, waitersMax: 200, waitMs: 20_000, runMs: 20_000 };

/** The real stores on a fresh Postgres, and the lookup with its memory, joined as the program joins them. */
export async function openStores(clock: Clock): Promise<OpenStores> {
  const { url } = await freshDatabase();
  await withStore({ url }, (sql) => migrate(sql));
  const database = new BoundedDatabase({
    connect: (maxConnections) => connect({ url }, { maxConnections, connectTimeoutMs: 10_000, statementTimeoutMs: 0 }),
    limits: patience,
  });
  onCleanup(() => database.close());
  const fences = new Fences(1000);
  const forget = (keys: readonly string[]): void => fences.raise(keys);
  const changes = new PostgresChangeLog({ database, clock, forget });
  const bounds = { entriesMax: 1000, absencesMax: 1000, ttlMs: 30_000, negativeTtlMs: 5000, staleForMs: 60_000 };
  const memory = new MemoryTier(bounds, { clock, fences });
  return {
    database,
    stores: {
      organizations: new PostgresOrganizations({ database, changes, clock }),
      users: new PostgresUsers({ database, changes, clock }),
      authorizations: new PostgresAuthorizations({ database, changes, clock }),
      tokens: new PostgresTokens({ database, changes, clock, forget }),
    },
    lookup: new TieredLookup(memory, new PostgresTokenLookup(database)),
  };
}
