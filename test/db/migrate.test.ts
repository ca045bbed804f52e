import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/client.ts';
import { migrationsFolder, readMigrations } from '../../src/db/migration-files.ts';
import { migrate, migrationStatus } from '../../src/db/migrate.ts';
import { connectEmbedded } from '../../src/db/embedded.ts';
import { onCleanup } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startChild } from './child.ts';
import { failureOf, storeKinds } from './stores.ts';

const first = '0001_directory_and_tokens.sql';
const all = (await readMigrations(migrationsFolder)).map(({ version, name }) => ({ version, name }));
const latest = all.at(-1)?.version ?? 0;
const next = String(latest + 1).padStart(4, '0');

/** A client of a database in which nothing has been done. */
async function emptyDatabase(kind: (typeof storeKinds)[number]): Promise<Sql> {
  const embedded = kind === 'embedded' ? await connectEmbedded(await tempDir('store')) : undefined;
  if (embedded !== undefined) onCleanup(() => embedded.close());
  const address = embedded?.address ?? (await freshDatabase());
  const sql = connect(address, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
  onCleanup(() => sql.end({ timeout: 1 }));
  return sql;
}

/** A copy of the migrations with another one behind them. */
async function folderWith(name: string, text: string): Promise<URL> {
  const folder = join(await tempDir('migrations'), 'with [odd] {name}');
  await cp(migrationsFolder, folder, { recursive: true });
  await writeFile(join(folder, name), text);
  return pathToFileURL(`${folder}/`);
}

const tables = async (sql: Sql): Promise<string[]> => {
  const rows =
    await sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`;
  return rows.map((row) => String(row['name']));
};

describe.each(storeKinds)('on %s', (kind) => {
  let sql: Sql;
  beforeAll(async () => {
    sql = await emptyDatabase(kind);
  });

  test('an empty database says what is to be done, and saying so changes nothing', async () => {
    expect(await migrationStatus(sql)).toEqual({ applied: [], pending: all });
    expect(await tables(sql)).toEqual([]);
  });

  test('the migrations are applied once', async () => {
    expect(await migrate(sql)).toEqual(all);
    expect(await tables(sql)).toEqual(
      expect.arrayContaining(['schema_migrations', 'token_secrets', 'tokens', 'users']),
    );
    expect(await migrate(sql)).toEqual([]);
    expect(await migrationStatus(sql)).toEqual({ applied: all, pending: [] });
  });

  test('one that fails leaves everything as it was, and is named', async () => {
    const folder = await folderWith(`${next}_broken.sql`, 'CREATE TABLE half (n integer); SELEC nonsense;');
    await expect(migrate(sql, folder)).rejects.toThrow(
      `The database schema was left as it was, because ${next}_broken.sql failed: syntax error`,
    );
    expect(await tables(sql)).not.toContain('half');
    expect(await migrationStatus(sql, folder)).toMatchObject({ pending: [{ version: latest + 1 }] });
  });

  test('a file that was changed after it was applied is refused, however it ends its lines not', async () => {
    const text = await readFile(new URL(first, migrationsFolder), 'utf8');
    const sameInWindows = await folderWith(first, text.replaceAll('\n', '\r\n'));
    expect(await migrate(sql, sameInWindows)).toEqual([]);
    const changed = await folderWith(first, `${text}\n-- a word more\n`);
    const refusal = `The migration ${first} was applied to the database with another content`;
    await expect(migrate(sql, changed)).rejects.toThrow(refusal);
    await expect(migrationStatus(sql, changed)).rejects.toThrow(refusal);
  });

  test('a database of a newer program is refused with both versions and what to do', async () => {
    await migrate(sql, await folderWith(`${next}_later.sql`, 'CREATE TABLE later (n integer);'));
    expect(await failureOf(migrate(sql))).toMatchObject({
      name: 'StoreSetupError',
      message:
        `The database has schema version ${latest + 1}, and this program knows versions up to ${latest}: ` +
        'a newer wayleave has used it. ' +
        'Start that version or a later one, or restore a backup from before the upgrade.',
    });
  });
});

test('three programs that start at once on an empty database all succeed, and each migration is applied once', async () => {
  const location = await freshDatabase();
  const children = Array.from({ length: 3 }, () => startChild('hold', location));
  expect(await Promise.all(children.map((child) => child.line()))).toEqual(['open', 'open', 'open']);
  const sql = connect(location, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
  onCleanup(() => sql.end({ timeout: 1 }));
  expect(await sql`SELECT version, name FROM schema_migrations ORDER BY version`).toEqual(all);
});

test('a table of the same name in another schema is somebody else’s', async () => {
  const sql = await emptyDatabase('postgres');
  await sql`CREATE SCHEMA other`;
  await sql`CREATE TABLE other.schema_migrations (version integer)`;
  expect(await migrationStatus(sql)).toMatchObject({ applied: [] });
  expect(await migrate(sql)).toEqual(all);
});

test('a user who may not make tables is told so', async () => {
  const { url, name } = await freshDatabase();
  const admin = connect({ url }, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
  await admin.unsafe(`CREATE ROLE ${name}_guest LOGIN PASSWORD 'guest'`);
  onCleanup(async () => {
    await admin.unsafe(`DROP ROLE ${name}_guest`);
    await admin.end();
  });
  const guest = new URL(url);
  guest.username = `${name}_guest`;
  guest.password = 'guest';
  const sql = connect({ url: guest.href }, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
  onCleanup(() => sql.end());
  expect(await failureOf(migrate(sql))).toMatchObject({
    message:
      'The database schema was left as it was, because making the table schema_migrations failed: ' +
      'permission denied for schema public.',
  });
});
