import type { Clock } from '../lib/clock.ts';
import type { ChangedKind, ChangeLog, Database, MarkChanged, Transaction } from './client.ts';

export interface ChangeLogOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Makes the caches of this node forget what they know about these ids. */
  readonly forget: (ids: readonly string[]) => void;
}

/** Any number that nothing else locks. */
const orderLockKey = 7_749_283_002;

/** Writes what has changed to the table `invalidations`, which every node's caches follow. */
export class PostgresChangeLog implements ChangeLog {
  readonly #options: ChangeLogOptions;

  constructor(options: ChangeLogOptions) {
    this.#options = options;
  }

  async transact<T>(task: (sql: Transaction, changed: MarkChanged) => Promise<T>): Promise<T> {
    const { database, forget } = this.#options;
    const changes = new Map<string, ChangedKind>();
    try {
      return await database.transaction(async (sql) => {
        const result = await task(sql, (kind, id) => changes.set(id, kind));
        if (changes.size > 0) await this.#append(sql, changes);
        return result;
      });
    } finally {
      // After a failure too: the commit may have been done although its answer was lost.
      if (changes.size > 0) forget([...changes.keys()]);
    }
  }

  /** The lock, held until the commit that follows at once, makes the numbers grow in the order of commits. */
  async #append(sql: Transaction, changes: ReadonlyMap<string, ChangedKind>): Promise<void> {
    const at = new Date(this.#options.clock.now());
    const rows = [...changes].map(([id, kind]) => ({ kind, subject_id: id, at }));
    await sql`SELECT pg_advisory_xact_lock(${orderLockKey})`;
    await sql`INSERT INTO invalidations ${sql(rows)}`;
  }
}
