import type { Database } from '../db/client.ts';
import { integer, text } from '../lib/row.ts';
import type { ChangeFeed, FollowedRow } from './change-feed.ts';

/** How many rows one statement removes, so that it ends well within its deadline. */
const prunedRowsMax = 5000;

/** Reads the table `invalidations`. Numbers travel as float8, which holds every whole number up to 2^53. */
export class PostgresChangeFeed implements ChangeFeed {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  lastBefore(windowMs: number): Promise<number> {
    return this.#database.query(async (sql) => {
      const [row] = await sql`
        SELECT coalesce(max(id), 0)::float8 AS number FROM invalidations
        WHERE at < clock_timestamp() - ${windowMs} * interval '1 millisecond'`;
      return integer(row ?? {}, 'number');
    });
  }

  head(): Promise<number> {
    return this.#database.query(async (sql) => {
      const [row] = await sql`SELECT coalesce(max(id), 0)::float8 AS number FROM invalidations`;
      return integer(row ?? {}, 'number');
    });
  }

  from(number: number, rowsMax: number): Promise<readonly FollowedRow[]> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT id::float8 AS number, subject_id,
          greatest(0, round(extract(epoch FROM clock_timestamp() - at) * 1000))::float8 AS age_ms
        FROM invalidations WHERE id >= ${number} ORDER BY id LIMIT ${rowsMax}`;
      return rows.map((row) => ({
        number: integer(row, 'number'),
        key: text(row, 'subject_id'),
        ageMs: integer(row, 'age_ms'),
      }));
    });
  }

  async goOnAbove(number: number): Promise<void> {
    await this.#database.transaction(async (sql) => {
      // Nobody takes a number between the reading of the last one and the setting.
      await sql`LOCK TABLE invalidations IN SHARE ROW EXCLUSIVE MODE`;
      await sql`SELECT setval('invalidations_id_seq', greatest(last_value, ${number})) FROM invalidations_id_seq`;
    });
  }

  async prune(retentionMs: number): Promise<void> {
    const keep = await this.lastBefore(retentionMs);
    await this.#database.query(
      (sql) => sql`
        DELETE FROM invalidations WHERE id IN (
          SELECT id FROM invalidations WHERE id < ${keep} ORDER BY id LIMIT ${prunedRowsMax})`,
    );
  }
}
