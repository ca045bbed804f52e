import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { SweptTokens } from './token-sweep.ts';

/** As many rows go in one statement, so that none takes long. */
const rowsMax = 500;
/** Nodes' clocks differ; what has expired for so long has for all of them. */
const marginMs = 30_000;

/** Notes in the tables what lists are read by. */
export class PostgresSweptTokens implements SweptTokens {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(database: Database, clock: Pick<Clock, 'now'>) {
    this.#database = database;
    this.#clock = clock;
  }

  async noteExpired(): Promise<boolean> {
    const before = new Date(this.#clock.now() - marginMs);
    const noted = await this.#database.query(
      (sql) => sql`
        WITH active AS (
          SELECT id FROM tokens WHERE list_state = 'active' AND ends_at <= ${before}
          ORDER BY ends_at LIMIT ${rowsMax} FOR NO KEY UPDATE SKIP LOCKED
        ), disabled AS (
          SELECT id FROM tokens WHERE list_state = 'disabled' AND ends_at <= ${before}
          ORDER BY ends_at LIMIT ${rowsMax} FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE tokens SET list_state = 'expired'
        WHERE id IN (SELECT id FROM active UNION ALL SELECT id FROM disabled)`,
    );
    return noted.count >= rowsMax;
  }

  /** Locks last uses in the order in which usage is written, or the two could wait for each other. */
  async noteEndings(): Promise<boolean> {
    const [row] = await this.#database.query(
      (sql) => sql`
        WITH taken AS (
          DELETE FROM token_endings WHERE id IN (
            SELECT id FROM token_endings ORDER BY id LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)
          RETURNING token_id
        ), ended AS (
          SELECT l.token_id, t.list_state FROM token_last_use l JOIN tokens t ON t.id = l.token_id
          WHERE l.token_id IN (SELECT token_id FROM taken) ORDER BY l.token_id FOR UPDATE OF l
        ), gone AS (
          DELETE FROM token_last_use l USING ended WHERE l.token_id = ended.token_id AND ended.list_state IS NULL
        ), noted AS (
          UPDATE token_last_use l SET ended = ended.list_state IN ('expired', 'revoked')
          FROM ended WHERE l.token_id = ended.token_id AND ended.list_state IS NOT NULL
        )
        SELECT count(*)::float8 AS taken FROM taken`,
    );
    return Number(row?.['taken'] ?? 0) >= rowsMax;
  }
}
