import type { AuditEvent } from '../core/audit.ts';
import type { ChangeLog, Database, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { integer, text } from '../lib/row.ts';

const rowsPerPruning = 2000;

export interface RetentionOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  readonly retentionMs: number;
}

/**
 * Prunes what is older than the retention, from the beginning of each chain on. A checkpoint row in the same
 * transaction tells how far, and with which link the rest begins, so that the chain stays verifiable.
 * @returns how many rows went
 * @throws StoreUnavailable, AuditUnavailable
 */
export async function pruneAuditLog({ database, changes, clock, retentionMs }: RetentionOptions): Promise<number> {
  const before = new Date(clock.now() - retentionMs);
  // A checkpoint alone is not worth another one.
  const due = await database.query(
    (sql) => sql`
      SELECT DISTINCT organization_id FROM audit_log
      WHERE at < ${before} AND action <> 'audit.checkpoint' ORDER BY organization_id`,
  );
  let pruned = 0;
  for (const row of due) {
    const organizationId = text(row, 'organization_id');
    for (let goesOn = true; goesOn;) {
      const rows = await changes.transact(async (sql, _, audit) => {
        const gone = await pruneSome(sql, organizationId, before);
        if (gone !== undefined) audit(checkpoint(organizationId, gone, before));
        return gone?.rows ?? 0;
      });
      pruned += rows;
      goesOn = rows === rowsPerPruning;
    }
  }
  return pruned;
}

interface Gone {
  readonly rows: number;
  readonly throughSeq: number;
  readonly link: string;
}

/** Deletes the rows at the beginning of a chain that are all old: a clock that was wrong leaves no hole. */
async function pruneSome(sql: Transaction, organizationId: string, before: Date): Promise<Gone | undefined> {
  const rows = await sql`
    WITH oldest AS (
      SELECT seq, at, link FROM audit_log WHERE organization_id = ${organizationId}
      ORDER BY seq LIMIT ${rowsPerPruning} FOR UPDATE
    )
    DELETE FROM audit_log AS gone USING oldest
    WHERE gone.organization_id = ${organizationId} AND gone.seq = oldest.seq
      AND oldest.seq < coalesce((SELECT min(seq) FROM oldest WHERE at >= ${before}), 9007199254740991)
    RETURNING gone.seq::float8 AS seq, gone.link`;
  const last = rows
    .map((row) => ({ seq: integer(row, 'seq'), link: text(row, 'link') }))
    .toSorted((a, b) => a.seq - b.seq)
    .at(-1);
  return last && { rows: rows.length, throughSeq: last.seq, link: last.link };
}

function checkpoint(organizationId: string, { rows, throughSeq, link }: Gone, before: Date): AuditEvent {
  return {
    organizationId,
    action: 'audit.checkpoint',
    target: { kind: 'audit_log', id: organizationId, name: null },
    before: null,
    after: { pruned_through: throughSeq, rows, older_than: before.toISOString(), link },
  };
}
