import type { SessionEnd } from '../core/session-end.ts';
import type { TokenHash } from '../core/token.ts';
import { text } from '../lib/row.ts';
import type { AssumeStoreOptions } from './postgres-assume-tokens.ts';
import { endSessions } from './postgres-session-end.ts';
import type { OpenSession, SessionBook } from './session-upkeep.ts';

/** The sessions that have not been ended, in the database. */
export class PostgresSessionBook implements SessionBook {
  readonly #options: AssumeStoreOptions;

  constructor(options: AssumeStoreOptions) {
    this.#options = options;
  }

  open(afterId: string, limit: number): Promise<readonly OpenSession[]> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT s.id, k.hash FROM assume_sessions s JOIN token_secrets k ON k.token_id = s.id
        WHERE s.ended_at IS NULL AND s.id > ${afterId} ORDER BY s.id LIMIT ${limit}`;
      return rows.map((row) => ({ id: text(row, 'id'), hash: text(row, 'hash') as TokenHash }));
    });
  }

  async close(id: string, why: SessionEnd): Promise<void> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    await changes.transact((sql, changed, audit) => {
      // Silence may have been broken a moment ago, on another node.
      const isSo = why === 'idle' ? sql`AND s.idle_until <= ${new Date(nowMs)}` : sql``;
      return endSessions(sql, sql`s.id = ${id} ${isSo}`, { why, by: null, nowMs, changed, audit });
    });
  }
}
