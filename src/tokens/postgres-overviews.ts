import type { Count, Overviews, RequestHour } from '../admin-api/ports/overview.ts';
import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { instant, integer } from '../lib/row.ts';
import { matching } from './postgres-token-filter.ts';

/** Nobody needs to know exactly how many there are beyond this, and counting them all would take too long. */
const countMax = 10_000;

/** Counts what an organisation has. */
export class PostgresOverviews implements Overviews {
  readonly #database: Database;
  readonly #clock: Pick<Clock, 'now'>;

  constructor({ database, clock }: { readonly database: Database; readonly clock: Pick<Clock, 'now'> }) {
    this.#database = database;
    this.#clock = clock;
  }

  async tokens(organizationId: string): Promise<Readonly<Record<TokenState, Count>>> {
    const count = (state: TokenState): Promise<Count> => this.#count({ organizationId, state });
    const [active, disabled, expired, revoked] = await Promise.all([
      count('active'),
      count('disabled'),
      count('expired'),
      count('revoked'),
    ]);
    return { active, disabled, expired, revoked };
  }

  expiring(organizationId: string, beforeMs: number): Promise<Count> {
    return this.#count({ organizationId, state: 'active', expiresBeforeMs: beforeMs });
  }

  requests(organizationId: string, fromMs: number): Promise<readonly RequestHour[]> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT h.hour, sum(h.allowed)::float8 AS allowed, sum(h.refused)::float8 AS refused
        FROM usage_hours h JOIN tokens t ON t.id = h.token_id
        WHERE h.hour >= ${new Date(fromMs)} AND t.organization_id = ${organizationId}
        GROUP BY h.hour ORDER BY h.hour`;
      return rows.map((row) => ({
        hourMs: instant(row, 'hour'),
        allowed: integer(row, 'allowed'),
        refused: integer(row, 'refused'),
      }));
    });
  }

  #count(filter: TokenFilter): Promise<Count> {
    return this.#database.query(async (sql) => {
      const [row] = await sql`
        SELECT count(*)::float8 AS count FROM (
          SELECT FROM tokens t
          WHERE t.deleted_at IS NULL AND t.kind = 'pat' ${matching(sql, filter, this.#clock.now())}
          LIMIT ${countMax + 1}) counted`;
      const found = integer(row ?? {}, 'count');
      return { count: Math.min(found, countMax), more: found > countMax };
    });
  }
}
