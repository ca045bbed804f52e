import type { MarkChanged, Transaction } from '../db/client.ts';
import { text } from '../lib/row.ts';

interface Removal {
  readonly userId: string;
  /** A user id. */
  readonly removedBy: string;
  readonly at: Date;
  readonly changed: MarkChanged;
}

/** What a user loses with its deletion. */
export interface Lost {
  readonly tokens: readonly string[];
  /** As `project/role`. */
  readonly roles: readonly string[];
}

/** Signs a user out of the console, everywhere. */
export async function endSessions(sql: Transaction, userId: string): Promise<void> {
  await sql`DELETE FROM console_sessions WHERE user_id = ${userId}`;
}

/** Revokes every token of a user and what derives from one, and ends the user's roles, sessions and open enrolment code. */
export async function takeEverything(sql: Transaction, removal: Removal): Promise<Lost> {
  const { userId, at } = removal;
  const tokens = await revokeTokens(sql, removal);
  await endSessions(sql, userId);
  const granted = await sql`
    WITH gone AS (DELETE FROM authorizations WHERE user_id = ${userId} RETURNING project, roles)
    SELECT project || '/' || role AS role FROM gone, unnest(roles) AS role ORDER BY 1`;
  await sql`
    UPDATE enrolments SET ended_at = ${at} WHERE user_id = ${userId} AND used_at IS NULL AND ended_at IS NULL`;
  return { tokens, roles: granted.map((row) => text(row, 'role')) };
}

async function revokeTokens(sql: Transaction, { userId, removedBy, at, changed }: Removal): Promise<readonly string[]> {
  const rows = await sql`
    WITH RECURSIVE family (id) AS (
      SELECT id FROM tokens WHERE user_id = ${userId}
      UNION
      SELECT t.id FROM tokens t JOIN family ON t.parent_id = family.id AND t.revoked_at IS NULL
    )
    UPDATE tokens SET
      revoked_at = ${at}, holds_name = false, changed_at = ${at}, changed_by = ${removedBy}, version = version + 1
    WHERE id IN (SELECT id FROM family) AND revoked_at IS NULL
    RETURNING id`;
  for (const row of rows) changed('token', text(row, 'id'));
  return rows.map((row) => text(row, 'id'));
}
