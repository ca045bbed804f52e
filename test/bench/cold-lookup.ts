import { createHash } from 'node:crypto';
import postgres from 'postgres';
import type { TokenHash } from '../../src/core/token.ts';
import type { Database, Sql } from '../../src/db/client.ts';
import { openStore } from '../../src/db/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PostgresTokenLookup } from '../../src/tokens/postgres-token-lookup.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { percentile } from './statistics.ts';

/** What it costs to find a token that no cache has, in a large table. */
export interface ColdLookupResult {
  readonly tokens: number;
  readonly lookups: number;
  /** Of one lookup after the other, by the data plane's own pool. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The lines of the plan that read a table or an index. */
  readonly plan: readonly string[];
}

const lookupCount = 5000;
const warmUpCount = 500;
const ownerCount = 1000;

/** Fills a Postgres of its own, which stops when `cleanUp` of the tests' support runs. */
export async function measureColdLookup(tokens: number): Promise<ColdLookupResult> {
  const server = await startPostgres();
  const store = await openStore({ url: server.url }, { role: 'command' });
  try {
    await fill(server.url, tokens);
    const lookup = new PostgresTokenLookup(store.data);
    const latenciesMs: number[] = [];
    for (let round = -warmUpCount; round < lookupCount; round++) {
      const hash = hashOf(1 + Math.floor(Math.random() * tokens));
      const start = systemClock.monotonic();
      const record = await lookup.read(hash);
      if (record === undefined) throw new Error('a token that was put into the table was not found');
      if (round >= 0) latenciesMs.push(systemClock.monotonic() - start);
    }
    const sorted = latenciesMs.toSorted((a, b) => a - b);
    return {
      tokens,
      lookups: lookupCount,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      plan: await planOf(store.data, hashOf(Math.ceil(tokens / 2))),
    };
  } finally {
    await store.close();
  }
}

/** The hash that `fill` gives to the token of a number. */
function hashOf(number: number): TokenHash {
  return createHash('sha256').update(String(number)).digest('base64url') as TokenHash;
}

async function fill(url: string, tokens: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    // Without the checks of foreign keys and without waiting for the disk: it is the table that is wanted.
    await sql`SET session_replication_role = replica`;
    await sql`SET synchronous_commit = off`;
    await sql`
      INSERT INTO organizations (id, slug, name, created_at, changed_at) VALUES ('org_1', 'bench', 'Bench', now(), now())`;
    await sql`
      INSERT INTO users (id, organization_id, kind, username, name, created_at, changed_at)
      SELECT 'usr_' || n, 'org_1', 'service', 'user-' || n, 'User', now(), now() FROM generate_series(1, ${ownerCount}) n`;
    await sql`
      INSERT INTO authorizations (id, organization_id, user_id, project, roles, created_at)
      SELECT 'aut_' || n, 'org_1', 'usr_' || n, 'inventory', '{viewer,keeper}', now() FROM generate_series(1, ${ownerCount}) n`;
    await sql`
      INSERT INTO tokens (
        id, kind, organization_id, user_id, name, holds_name, scopes, created_at, created_by, changed_at, changed_by)
      SELECT 'tok_' || n, 'pat', 'org_1', 'usr_' || 1 + n % ${ownerCount}, 'token ' || n, true, '{device:read}',
        now(), 'usr_1', now(), 'usr_1'
      FROM generate_series(1, ${tokens}) n`;
    await sql`
      INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
      SELECT translate(encode(sha256(n::text::bytea), 'base64'), '+/=', '-_'), 'tok_' || n, 'abcd', now()
      FROM generate_series(1, ${tokens}) n`;
    for (const table of ['organizations', 'users', 'authorizations', 'tokens', 'token_secrets']) {
      await sql`VACUUM ANALYZE ${sql(table)}`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** Asks Postgres how it goes about the lookup's own statement. */
async function planOf(database: Database, hash: TokenHash): Promise<string[]> {
  const lines: string[] = [];
  const explaining =
    (sql: Sql) =>
    async (strings: TemplateStringsArray, ...values: string[]) => {
      const [first = '', ...rest] = strings;
      const texts = [`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ${first}`, ...rest];
      const rows = await sql(Object.assign(texts, { raw: texts }), ...values);
      lines.push(...rows.map((row) => String(row['QUERY PLAN'])));
      return [];
    };
  await new PostgresTokenLookup({
    query: (task) => database.query((sql) => task(explaining(sql) as unknown as Sql)),
    transaction: () => Promise.reject(new Error('a lookup is one statement')),
  }).read(hash);
  return lines.filter((line) => line.includes(' Scan ')).map((line) => line.trim());
}
