import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { DecisionBatch } from './gatherer.ts';
import type { DecisionStore } from './writer.ts';

const keptDays = 14;
const dayMs = 86_400_000;
/** As many rows go in one statement, so that none takes long. */
const pruneRows = 5000;

/** Writes decisions into the database. */
export class PostgresDecisions implements DecisionStore {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  write({ id, counts }: DecisionBatch): Promise<void> {
    const rows = counts.map(({ tokenId, hourMs, ...count }) => ({
      ...count,
      token_id: tokenId,
      hour: new Date(hourMs),
    }));
    return this.#database.transaction(async (sql) => {
      const added = await sql`INSERT INTO decision_batches (id) VALUES (${id}) ON CONFLICT DO NOTHING`;
      if (added.count === 0) return;
      // In one order, so that two nodes whose batches meet in the same rows wait for each other and do not lock up.
      await sql`
        INSERT INTO decision_hours AS known (token_id, method, host, path, route, outcome, hour, requests)
        SELECT token_id, method, host, path, route, outcome, hour, requests
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) AS given (
          token_id text COLLATE "C", method text COLLATE "C", host text COLLATE "C", path text COLLATE "C",
          route text COLLATE "C", outcome text COLLATE "C", hour timestamptz, requests bigint)
        ORDER BY token_id, method, host, path, route, outcome, hour
        ON CONFLICT (token_id, method, host, path, route, outcome, hour) DO UPDATE
        SET requests = known.requests + excluded.requests`;
    });
  }

  async prune(): Promise<void> {
    const before = new Date(this.#clock.now() - keptDays * dayMs);
    await untilNothing(() =>
      this.#database.query(
        (sql) => sql`
          DELETE FROM decision_hours WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM decision_hours WHERE hour < ${before} ORDER BY hour LIMIT ${pruneRows}))`,
      ),
    );
    await untilNothing(() =>
      this.#database.query(
        (sql) => sql`
          DELETE FROM decision_batches WHERE id IN (
            SELECT id FROM decision_batches
            WHERE at < clock_timestamp() - interval '1 day' ORDER BY at LIMIT ${pruneRows})`,
      ),
    );
  }
}

async function untilNothing(prune: () => Promise<{ readonly count: number }>): Promise<void> {
  while ((await prune()).count === pruneRows);
}
