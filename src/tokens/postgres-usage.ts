import type { Database, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { addSessionUsage, pruneSessionUsage } from './postgres-session-usage.ts';
import type { UsageBatch } from './usage.ts';
import type { UsageStore } from './usage-writer.ts';

const dayMs = 86_400_000;
const keptMs = 90 * dayMs;
/** As many rows go in one statement, so that none takes long. */
const pruneRows = 5000;

/** Writes usage into the database. */
export class PostgresUsage implements UsageStore {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  write({ id, tokens, sessions = [] }: UsageBatch): Promise<void> {
    const counts = tokens.flatMap(({ tokenId, counts: ofToken }) => {
      return ofToken.map(({ hourMs, ...count }) => ({ token_id: tokenId, hour: new Date(hourMs), ...count }));
    });
    const uses = tokens.flatMap(({ tokenId, lastUse }) => {
      if (lastUse === undefined) return [];
      const { atMs, address, route } = lastUse;
      return [{ token_id: tokenId, at: new Date(atMs), address, route }];
    });
    const oldSecrets = tokens.flatMap(({ tokenId, oldSecret }) => {
      if (oldSecret === undefined) return [];
      const { untilMs, calls, lastAtMs } = oldSecret;
      return [{ token_id: tokenId, until: new Date(untilMs), calls, at: new Date(lastAtMs) }];
    });
    return this.#database.transaction(async (sql) => {
      const added = await sql`INSERT INTO usage_batches (id) VALUES (${id}) ON CONFLICT DO NOTHING`;
      if (added.count === 0) return;
      await addCounts(sql, JSON.stringify(counts));
      await moveLastUses(sql, JSON.stringify(uses));
      if (oldSecrets.length > 0) await countOldSecrets(sql, JSON.stringify(oldSecrets));
      if (sessions.length > 0) await addSessionUsage(sql, sessions);
    });
  }

  async prune(): Promise<void> {
    const nowMs = this.#clock.now();
    await untilNothing(() =>
      this.#database.query(
        (sql) => sql`
          DELETE FROM usage_hours WHERE (hour, token_id, route, scopes) IN (
            SELECT hour, token_id, route, scopes FROM usage_hours
            WHERE hour < ${new Date(nowMs - keptMs)} ORDER BY hour LIMIT ${pruneRows})`,
      ),
    );
    await untilNothing(() => this.#database.query((sql) => pruneSessionUsage(sql, { nowMs, rows: pruneRows })));
    // By the clock that wrote them. No batch is given again after a day: whoever has it would have to be as old.
    await untilNothing(() =>
      this.#database.query(
        (sql) => sql`
          DELETE FROM usage_batches WHERE id IN (
            SELECT id FROM usage_batches
            WHERE at < clock_timestamp() - interval '1 day' ORDER BY at LIMIT ${pruneRows})`,
      ),
    );
  }
}

/** In one order, so that two nodes whose batches meet in the same rows wait for each other and do not lock up. */
async function addCounts(sql: Transaction, rows: string): Promise<void> {
  await sql`
    INSERT INTO usage_hours AS known (hour, token_id, route, scopes, allowed, refused)
    SELECT hour, token_id, route, scopes, allowed, refused
    FROM jsonb_to_recordset(${rows}::text::jsonb) AS given (
      hour timestamptz, token_id text COLLATE "C", route text COLLATE "C", scopes text COLLATE "C",
      allowed bigint, refused bigint)
    ORDER BY hour, token_id, route, scopes
    ON CONFLICT (hour, token_id, route, scopes) DO UPDATE
    SET allowed = known.allowed + excluded.allowed, refused = known.refused + excluded.refused`;
}

/** Forward only: a batch that comes late takes nothing back. */
async function moveLastUses(sql: Transaction, rows: string): Promise<void> {
  await sql`
    INSERT INTO token_last_use AS known (token_id, at, address, route)
    SELECT token_id, at, address, route
    FROM jsonb_to_recordset(${rows}::text::jsonb) AS given (
      token_id text COLLATE "C", at timestamptz, address text, route text)
    ORDER BY token_id
    ON CONFLICT (token_id) DO UPDATE
    SET at = excluded.at, address = excluded.address, route = excluded.route
    WHERE known.at < excluded.at`;
}

/** Locked in one order, as above. */
async function countOldSecrets(sql: Transaction, rows: string): Promise<void> {
  await sql`
    WITH given AS (
      SELECT s.hash, g.calls, g.at
      FROM jsonb_to_recordset(${rows}::text::jsonb) AS g (
        token_id text COLLATE "C", until timestamptz, calls bigint, at timestamptz)
      JOIN token_secrets s ON s.token_id = g.token_id AND s.valid_until = g.until
      ORDER BY s.hash FOR NO KEY UPDATE OF s
    )
    UPDATE token_secrets s
    SET old_calls = s.old_calls + given.calls, old_last_used_at = greatest(s.old_last_used_at, given.at)
    FROM given WHERE s.hash = given.hash`;
}

async function untilNothing(prune: () => Promise<{ readonly count: number }>): Promise<void> {
  while ((await prune()).count === pruneRows);
}
