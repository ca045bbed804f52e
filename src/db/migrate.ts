import type { Queryable, Sql } from './client.ts';
import { isStoreFailure, messageOf } from './failure.ts';
import { migrationsFolder, readMigrations, type Migration, type MigrationFile } from './migration-files.ts';
import { StoreSetupError } from './setup-error.ts';

export interface MigrationStatus {
  readonly applied: readonly Migration[];
  readonly pending: readonly Migration[];
}

/** Any number that nothing else locks; all who migrate agree on it. */
const lockKey = 7_749_283_001;
const lockTimeout = '60s';

/**
 * Brings the database to this program's version, in one transaction and under a lock, so that several programs may
 * start at once. An own runner, for postgrator 8 finds its files by a glob of the installation path, walks down when
 * the database is newer, and knows neither a lock nor one transaction.
 * @param sql a client without a statement timeout
 * @returns what it applied
 * @throws StoreSetupError when the database is newer, has had other files applied, or refuses ours
 */
export async function migrate(sql: Sql, folder = migrationsFolder): Promise<readonly Migration[]> {
  const files = await readMigrations(folder);
  let step = 'making the table schema_migrations';
  try {
    return await sql.begin(async (transaction) => {
      await transaction.unsafe(`SET LOCAL lock_timeout = '${lockTimeout}'`);
      await transaction`SELECT pg_advisory_xact_lock(${lockKey})`;
      await transaction`CREATE TABLE IF NOT EXISTS schema_migrations (
        version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now())`;
      const pending = await pendingOf(transaction, files);
      for (const { version, name, text, checksum } of pending) {
        step = name;
        await transaction.unsafe(text);
        await transaction`INSERT INTO schema_migrations ${transaction({ version, name, checksum })}`;
      }
      return pending.map(withoutText);
    });
  } catch (error) {
    if (error instanceof StoreSetupError || isStoreFailure(error)) throw error;
    const reason = `The database schema was left as it was, because ${step} failed: ${messageOf(error)}.`;
    throw new StoreSetupError(reason, { cause: error });
  }
}

/** Says what is applied and what `migrate` would apply, and changes nothing. @throws StoreSetupError as `migrate` */
export async function migrationStatus(sql: Sql, folder = migrationsFolder): Promise<MigrationStatus> {
  const files = await readMigrations(folder);
  const [table] = await sql`SELECT to_regclass('schema_migrations') IS NOT NULL AS exists`;
  const pending = table?.['exists'] === true ? await pendingOf(sql, files) : files;
  const applied = files.filter((file) => !pending.includes(file));
  return { applied: applied.map(withoutText), pending: pending.map(withoutText) };
}

/** How a store stands that is not made yet. */
export async function statusOfNoStore(folder = migrationsFolder): Promise<MigrationStatus> {
  const files = await readMigrations(folder);
  return { applied: [], pending: files.map(withoutText) };
}

/** The files that are not applied yet, once it is sure that the applied ones are the same as ours. */
async function pendingOf(sql: Queryable, files: readonly MigrationFile[]): Promise<MigrationFile[]> {
  const rows = await sql`SELECT version, name, checksum FROM schema_migrations ORDER BY version`;
  const ours = files.at(-1)?.version ?? 0;
  const theirs = Number(rows.at(-1)?.['version'] ?? 0);
  if (theirs > ours) {
    throw new StoreSetupError(
      `The database has schema version ${theirs}, and this program knows versions up to ${ours}: a newer wayleave has ` +
        'used it. Start that version or a later one, or restore a backup from before the upgrade.',
    );
  }
  for (const row of rows) {
    const file = files.find(({ version }) => version === row['version']);
    if (file?.checksum === row['checksum']) continue;
    throw new StoreSetupError(
      `The migration ${String(row['name'])} was applied to the database with another content than this program brings. ` +
        'Install an unchanged release; what has been applied is never edited, changes go into a new file.',
    );
  }
  return files.filter(({ version }) => !rows.some((row) => row['version'] === version));
}

function withoutText({ version, name }: Migration): Migration {
  return { version, name };
}
