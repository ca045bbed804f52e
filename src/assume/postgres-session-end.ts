import type { AssumeSession } from '../core/assume.ts';
import type { Audit } from '../core/audit.ts';
import type { SessionEnd } from '../core/session-end.ts';
import type { Fragment, MarkChanged, Transaction } from '../db/client.ts';
import { text } from '../lib/row.ts';
import { sessionEnded } from './assume-audit.ts';
import { sessionColumns, sessionTables } from './postgres-session-rows.ts';
import { assumeSessionOf } from './rows.ts';

export interface Ending {
  readonly why: SessionEnd;
  /** A user id; null: it ended by itself. */
  readonly by: string | null;
  readonly nowMs: number;
  readonly changed: MarkChanged;
  readonly audit: Audit;
}

/**
 * Ends for good the sessions that a condition on `assume_sessions s` finds and that have not ended yet, with their
 * tokens, and writes that down.
 */
export async function endSessions(
  sql: Transaction,
  condition: Fragment,
  { why, by, nowMs, changed, audit }: Ending,
): Promise<readonly AssumeSession[]> {
  const now = new Date(nowMs);
  // In one order, so that two that end the same sessions wait for each other.
  const open = await sql`
    SELECT s.id FROM assume_sessions s WHERE s.ended_at IS NULL AND ${condition} ORDER BY s.id FOR UPDATE`;
  const ids = open.map((row) => text(row, 'id'));
  if (ids.length === 0) return [];
  await sql`
    UPDATE assume_sessions SET ended_at = ${now}, end_reason = ${why}, ended_by = ${by}
    WHERE id = ANY (${ids}::text[])`;
  await sql`
    UPDATE tokens SET
      revoked_at = coalesce(revoked_at, ${now}), changed_at = ${now}, changed_by = coalesce(${by}, changed_by),
      version = version + 1
    WHERE id = ANY (${ids}::text[])`;
  const rows = await sql`
    SELECT ${sessionColumns(sql)} FROM ${sessionTables(sql)} WHERE s.id = ANY (${ids}::text[]) ORDER BY s.id`;
  const ended = rows.map(assumeSessionOf);
  for (const session of ended) {
    changed('token', session.id);
    audit(sessionEnded(session));
  }
  return ended;
}
