import { AuditUnavailable } from '../core/audit-unavailable.ts';
import { systemAuthor, type Audit, type AuditEvent, type Author } from '../core/audit.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { integer, text, texts } from '../lib/row.ts';
import type {
  AuditWriter,
  ChangedKind,
  ChangeLog,
  Database,
  LoggedChange,
  LoggedRow,
  MarkChanged,
  Transaction,
} from './client.ts';
import { messageOf, sessionIsLost } from './failure.ts';

export interface ChangeLogOptions {
  readonly database: Database;
  readonly audit: AuditWriter;
  /** Told of each change before the call that made it returns. */
  readonly onChange: (change: LoggedChange) => void;
}

/** Any number that nothing else locks. */
const orderLockKey = 7_749_283_002;

/** Writes what has changed to the table `invalidations`, which every node's caches follow, and to the audit log. */
export class PostgresChangeLog implements ChangeLog {
  readonly #options: ChangeLogOptions;
  readonly #author: Author;

  /** @param author the gateway itself unless told */
  constructor(options: ChangeLogOptions, author: Author = systemAuthor) {
    this.#options = options;
    this.#author = author;
  }

  as(author: Author): ChangeLog {
    return new PostgresChangeLog(this.#options, author);
  }

  async transact<T>(task: (sql: Transaction, changed: MarkChanged, audit: Audit) => Promise<T>): Promise<T> {
    const { database, onChange } = this.#options;
    const changes = new Map<string, ChangedKind>();
    const events: AuditEvent[] = [];
    let rows: readonly LoggedRow[] = [];
    try {
      const result = await database.transaction(async (sql) => {
        const mark: MarkChanged = (kind, id) => changes.set(id, kind);
        const outcome = await task(sql, mark, (event) => events.push(event));
        // Before the log's lock, which every change waits for: this one only holds up its own organisation.
        if (events.length > 0) await this.#audit(sql, events);
        if (changes.size > 0) rows = await append(sql, changes);
        return outcome;
      });
      if (rows.length > 0) onChange({ kind: 'committed', rows });
      return result;
    } catch (error) {
      // The commit may have been done although its answer was lost.
      if (changes.size > 0) onChange({ kind: 'doubtful', keys: [...changes.keys()] });
      throw error;
    }
  }

  async #audit(sql: Transaction, events: readonly AuditEvent[]): Promise<void> {
    try {
      await this.#options.audit.write(sql, events, this.#author);
    } catch (error) {
      if (error instanceof StoreUnavailable || sessionIsLost(error)) throw error;
      throw new AuditUnavailable(`the audit row could not be written: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** The lock, held until the commit that follows at once, makes the numbers grow in the order of commits. */
async function append(sql: Transaction, changes: ReadonlyMap<string, ChangedKind>): Promise<readonly LoggedRow[]> {
  const columns = [...changes].map(([id, kind]) => ({ kind, subject_id: id }));
  await sql`SELECT pg_advisory_xact_lock(${orderLockKey})`;
  // As float8, which holds every whole number up to 2^53: the driver makes a text of a bigint.
  const rows = await sql`
    WITH logged AS (INSERT INTO invalidations ${sql(columns)} RETURNING id, kind, subject_id)
    SELECT
      logged.id::float8 AS number, subject_id,
      ARRAY (SELECT hash FROM token_secrets WHERE kind = 'token' AND token_id = subject_id) AS hashes
    FROM logged ORDER BY logged.id`;
  return rows.map((row) => ({
    number: integer(row, 'number'),
    key: text(row, 'subject_id'),
    hashes: texts(row, 'hashes'),
  }));
}
