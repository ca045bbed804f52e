import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { Sql, Transaction } from './client.ts';
import { sessionIsLost } from './failure.ts';

/** A call under way. */
export interface Call {
  /** Its caller has been told that it failed; nothing may be committed any more. */
  expired: boolean;
}

/** Runs `task` between begin and commit; a task that throws, or whose call has expired, is rolled back. */
export function runTransaction<T>(sql: Sql, call: Call, task: (sql: Transaction) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let afterCommit: (() => void) | undefined;
    const transaction = sql.begin(async (inside) => {
      const result = await withoutRollbackOnLoss(task(inside));
      if (call.expired) throw new StoreUnavailable('the call had run out of time before its commit');
      afterCommit = () => resolve(result);
    });
    transaction.then(() => afterCommit?.(), reject);
  });
}

/**
 * When the session is lost, postgres.js would still write ROLLBACK to the socket that is gone, and its TypeError ends
 * the process (3.4.9). So the loss is not told to it: `begin` rejects by itself as soon as the connection closes.
 */
async function withoutRollbackOnLoss<T>(task: Promise<T>): Promise<T> {
  try {
    return await task;
  } catch (error) {
    if (sessionIsLost(error)) return new Promise<never>(() => undefined);
    throw error;
  }
}
