import type { Database } from '../db/client.ts';
import { integer, text } from '../lib/row.ts';
import type { ExpiringTokens } from './expiring.ts';

const dayMs = 86_400_000;
/** Within so many days; the last is the widest. */
const windows = [1, 7, 30] as const;
/** Organisations are labels of a metric, so there are not too many of them. */
const organizationsMax = 100;

/** Counts the active tokens that end soon, of the organisations that have most of them. */
export function countExpiring(database: Database, nowMs: number): Promise<readonly ExpiringTokens[]> {
  const [one, seven, thirty] = windows.map((days) => new Date(nowMs + days * dayMs));
  return database.query(async (sql) => {
    const rows = await sql`
      SELECT o.slug,
        count(*) FILTER (WHERE t.expires_at <= ${one ?? null})::float8 AS within_1,
        count(*) FILTER (WHERE t.expires_at <= ${seven ?? null})::float8 AS within_7,
        count(*)::float8 AS within_30
      FROM tokens t JOIN organizations o ON o.id = t.organization_id
      WHERE t.revoked_at IS NULL AND t.disabled_at IS NULL AND t.kind = 'pat'
        AND t.expires_at > ${new Date(nowMs)} AND t.expires_at <= ${thirty ?? null}
      GROUP BY o.slug ORDER BY count(*) DESC, o.slug LIMIT ${organizationsMax}`;
    return rows.flatMap((row) =>
      windows.map((days) => ({
        organization: text(row, 'slug'),
        days,
        tokens: integer(row, `within_${days}`),
      })),
    );
  });
}
