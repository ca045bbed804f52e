import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { onCleanup } from './cleanup.ts';
import { askForServer } from './shared-servers.ts';

export { startPostgres } from './postgres-server.ts';

export interface FreshDatabase {
  /** As DATABASE_URL; the user is a superuser of the server. */
  readonly url: string;
  readonly name: string;
}

/**
 * Makes an empty database that is dropped when the tests of this file are over.
 * @param serverUrl the server to make it on; without it, the one that all test files share
 */
export async function freshDatabase(serverUrl?: string): Promise<FreshDatabase> {
  const shared = serverUrl ?? (await askForServer('postgres'));
  const name = `wayleave_test_${randomBytes(8).toString('hex')}`;
  await administer(shared, (sql) => sql`CREATE DATABASE ${sql(name)}`);
  // A server that a test brought along may be gone by then, and its database with it.
  if (serverUrl === undefined) {
    onCleanup(() => administer(shared, (sql) => sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`));
  }
  const url = new URL(shared);
  url.pathname = `/${name}`;
  return { url: url.href, name };
}

async function administer(url: string, statement: (sql: postgres.Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await statement(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
