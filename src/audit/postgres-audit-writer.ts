import { systemAuthor, type AuditEvent, type Author } from '../core/audit.ts';
import type { ChainHead, LinkedRow } from '../core/audit-record.ts';
import type { AuditWriter, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { integer, text } from '../lib/row.ts';
import { noLink, type AuditChain } from './audit-chain.ts';
import { auditRow, columnsOf } from './audit-row.ts';

export interface AuditWriterOptions {
  readonly chain: AuditChain;
  readonly clock: Clock;
  /** Told of each head that has a new end; the transaction may yet fail. */
  readonly onHead?: (head: ChainHead) => void;
  /** Told when a head was not as this program leaves heads: somebody has changed the tables. */
  readonly onAlarm?: (organizationId: string) => void;
}

/** Rows per statement; the protocol has 65,535 parameters. */
const rowsPerStatement = 500;

/** Writes the rows of a transaction and moves the heads of their chains. */
export class PostgresAuditWriter implements AuditWriter {
  readonly #options: AuditWriterOptions;

  constructor(options: AuditWriterOptions) {
    this.#options = options;
  }

  async write(sql: Transaction, events: readonly AuditEvent[], author: Author): Promise<void> {
    // In one order, so that two transactions never wait for each other.
    for (const organizationId of [...new Set(events.map((event) => event.organizationId))].toSorted()) {
      const own = events.filter((event) => event.organizationId === organizationId);
      await this.#extend(sql, organizationId, { events: own, author });
    }
  }

  async #extend(sql: Transaction, organizationId: string, entry: Entry): Promise<void> {
    const { chain, onHead, onAlarm } = this.#options;
    const { head, isIntact } = await this.#lockHead(sql, organizationId);
    if (!isIntact) onAlarm?.(organizationId);
    const alarm = isIntact ? [] : this.#link(head, { events: [headAlarm(head)], author: systemAuthor });
    const rows = [...alarm, ...this.#link(alarm.at(-1) ?? head, entry)];
    const end = rows.at(-1) ?? head;
    const seal = chain.seal(end);
    for (let start = 0; start < rows.length; start += rowsPerStatement) {
      const columns = rows.slice(start, start + rowsPerStatement).map(columnsOf);
      await sql`
        WITH moved AS (
          UPDATE audit_heads SET seq = ${end.seq}, link = ${end.link}, seal = ${seal}
          WHERE organization_id = ${organizationId}
        )
        INSERT INTO audit_log ${sql(columns)}`;
    }
    onHead?.({ organizationId, seq: end.seq, link: end.link });
  }

  /** Locks the end of a chain until the commit. One that is not sealed right is gone on from all the same. */
  async #lockHead(sql: Transaction, organizationId: string): Promise<{ head: ChainHead; isIntact: boolean }> {
    const [row] = await sql`
      INSERT INTO audit_heads (organization_id, seq, link, seal) VALUES (${organizationId}, 0, ${noLink}, '')
      ON CONFLICT (organization_id) DO UPDATE SET seq = audit_heads.seq
      RETURNING seq::float8 AS seq, link, seal`;
    const head = headOf(organizationId, row ?? {});
    if (head.seq > 0 && this.#options.chain.isSeal(text(row ?? {}, 'seal'), head)) return { head, isIntact: true };
    const [last] = await sql`
      SELECT seq::float8 AS seq, link FROM audit_log WHERE organization_id = ${organizationId}
      ORDER BY seq DESC LIMIT 1`;
    if (last === undefined) return { head: { organizationId, seq: 0, link: noLink }, isIntact: head.seq === 0 };
    return { head: headOf(organizationId, last), isIntact: false };
  }

  #link(end: ChainHead, { events, author }: Entry): readonly LinkedRow[] {
    const { chain, clock } = this.#options;
    const atMs = clock.now();
    let { seq, link } = end;
    return events.map((event) => {
      seq++;
      const row = auditRow(event, author, { seq, id: newId('aud', atMs), atMs });
      link = chain.link(link, row);
      return { ...row, link };
    });
  }
}

interface Entry {
  readonly events: readonly AuditEvent[];
  readonly author: Author;
}

function headOf(organizationId: string, row: Readonly<Record<string, unknown>>): ChainHead {
  return { organizationId, seq: integer(row, 'seq'), link: text(row, 'link') };
}

function headAlarm({ organizationId, seq }: ChainHead): AuditEvent {
  return {
    organizationId,
    action: 'audit.alarm',
    target: { kind: 'audit_log', id: organizationId, name: null },
    before: null,
    after: { problem: 'head_not_sealed', last_row: seq },
    reason: 'The end of the chain was not as the gateway had left it, or the secret key is another one.',
  };
}
