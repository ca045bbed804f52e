import type { GatewayConfig } from '../config/compiled.ts';
import { PostgresChangeLog } from '../db/change-log.ts';
import type { Database } from '../db/client.ts';
import { openStore } from '../db/store.ts';
import { PostgresAuthorizations } from '../directory/postgres-authorizations.ts';
import { PostgresOrganizations } from '../directory/postgres-organizations.ts';
import { PostgresUsers } from '../directory/postgres-users.ts';
import type { Clock } from '../lib/clock.ts';
import { PostgresTokens } from '../tokens/postgres-tokens.ts';
import { storeLocation } from './store-location.ts';

/** The store as commands use it that go to it without the admin API. */
export interface OwnStore {
  readonly database: Database;
  readonly organizations: PostgresOrganizations;
  readonly users: PostgresUsers;
  readonly authorizations: PostgresAuthorizations;
  readonly tokens: PostgresTokens;
}

/** This process has no caches. */
function forget(): void {}

/**
 * Opens the store of a configuration, through a running `serve` where one owns it, for as long as `task` takes.
 * @throws StoreSetupError with a sentence for people, StoreUnavailable
 */
export async function withOwnStore<T>(
  config: GatewayConfig,
  clock: Clock,
  task: (store: OwnStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(storeLocation(config), { role: 'command' });
  try {
    const database = store.admin;
    const changes = new PostgresChangeLog({ database, clock, forget });
    const options = { database, changes, clock };
    return await task({
      database,
      organizations: new PostgresOrganizations(options),
      users: new PostgresUsers(options),
      authorizations: new PostgresAuthorizations(options),
      tokens: new PostgresTokens({ ...options, forget }),
    });
  } finally {
    await store.close();
  }
}
