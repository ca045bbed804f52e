import type { Database } from '../db/client.ts';
import { integer } from '../lib/row.ts';

/** Active tokens of which a longest lifetime would take something. */
export interface OutlivedTokens {
  /** They end earlier than they say, or end though they say never. */
  readonly shortened: number;
  /** Of those, the ones that end at once. */
  readonly ended: number;
}

/**
 * Counts the active tokens that live longer, from the making of their newest secret, than a configuration lets them.
 * @param maxLifetimeMs finite
 */
export function countOutlived(database: Database, maxLifetimeMs: number, nowMs: number): Promise<OutlivedTokens> {
  const longest = maxLifetimeMs / 1000;
  return database.query(async (sql) => {
    const [row] = await sql`
      SELECT
        count(*)::float8 AS shortened,
        (count(*) FILTER (WHERE s.newest + make_interval(secs => ${longest}) <= ${new Date(nowMs)}))::float8 AS ended
      FROM tokens t
      JOIN (SELECT token_id, max(valid_from) AS newest FROM token_secrets GROUP BY token_id) s ON s.token_id = t.id
      WHERE t.kind = 'pat' AND t.revoked_at IS NULL AND t.disabled_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > ${new Date(nowMs)})
        AND (t.expires_at IS NULL OR t.expires_at > s.newest + make_interval(secs => ${longest}))`;
    return row === undefined
      ? { shortened: 0, ended: 0 }
      : { shortened: integer(row, 'shortened'), ended: integer(row, 'ended') };
  });
}
