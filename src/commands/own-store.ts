import { randomBytes } from 'node:crypto';
import { joinAdminStores, type PostgresAdminStores } from '../assembly/admin-stores.ts';
import { AuditChain } from '../audit/audit-chain.ts';
import { PostgresAuditWriter } from '../audit/postgres-audit-writer.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import { commandAuthor } from '../core/audit.ts';
import { PostgresChangeLog } from '../db/change-log.ts';
import type { SecretKey } from '../core/secret-key.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { AuditWriter, Database } from '../db/client.ts';
import { openSecretKey, otherSecretKey } from '../db/secret-key.ts';
import { StoreSetupError } from '../db/setup-error.ts';
import { openStore } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import { PostgresTokenLookup } from '../tokens/postgres-token-lookup.ts';
import type { CommandIo } from './command.ts';
import { storeLocation } from './store-location.ts';

/** The store as commands use it that go to it without the admin API. */
export interface OwnStore extends PostgresAdminStores {
  readonly database: Database;
  /** What is known of the token with a secret of this hash. */
  findToken(hash: TokenHash): Promise<TokenRecord | undefined>;
}

/**
 * Opens the store of a configuration to read it, through a running `serve` where one owns it, for as long as `task`
 * takes.
 * @throws StoreSetupError with a sentence for people, StoreUnavailable
 */
export function withOwnStore<T>(
  config: GatewayConfig,
  clock: Clock,
  task: (store: OwnStore) => Promise<T>,
): Promise<T> {
  const unaudited = { write: () => Promise.reject(new Error('the store was opened for reading alone')) };
  // Nothing is written or verified under it.
  const nobodysKey: SecretKey = { deriveKey: () => randomBytes(32) };
  return withAudited(config, { clock, audit: unaudited, secretKey: nobodysKey }, task);
}

/**
 * The same for a command that changes something, which is audited, and so needs the secret key.
 * @throws StoreSetupError when the store was first used with another one
 */
export function withOwnStoreToChange<T>(
  config: GatewayConfig,
  { clock, environment }: Pick<CommandIo, 'clock' | 'environment'>,
  task: (store: OwnStore) => Promise<T>,
): Promise<T> {
  const secretKey = openSecretKey(storeLocation(config), environment.secretKey);
  const chain = new AuditChain(secretKey.deriveKey('audit'));
  return withAudited(config, { clock, audit: new PostgresAuditWriter({ chain, clock }), secretKey }, async (store) => {
    // Rows of another key would make the audit log look as if somebody had forged it.
    if ((await store.keys.bind()) === 'other_secret_key') throw new StoreSetupError(otherSecretKey);
    return task(store);
  });
}

async function withAudited<T>(
  config: GatewayConfig,
  { clock, audit, secretKey }: { clock: Clock; audit: AuditWriter; secretKey: SecretKey },
  task: (store: OwnStore) => Promise<T>,
): Promise<T> {
  const store = await openStore(storeLocation(config), { role: 'command' });
  try {
    const database = store.admin;
    // This process has no caches; a `serve` beside it reads the log.
    const log = new PostgresChangeLog({ database, audit, onChange: () => undefined });
    const tokens = new PostgresTokenLookup(database);
    const findToken = (hash: TokenHash): Promise<TokenRecord | undefined> => tokens.read(hash);
    return await task({
      database,
      findToken,
      ...joinAdminStores({ database, changes: log.as(commandAuthor), clock, secretKey }),
    });
  } finally {
    await store.close();
  }
}
