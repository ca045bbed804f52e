import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { Sql } from './client.ts';

/**
 * Asks the database for one row on a connection of its own.
 * @returns what went wrong, or undefined
 */
export async function probe(connect: () => Sql, withinMs: number): Promise<unknown> {
  const sql = connect();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    const silent = new StoreUnavailable(`no answer within ${withinMs} ms`);
    timer = setTimeout(() => resolve(silent), withinMs);
  });
  const answer = sql`select 1`.then(
    () => undefined,
    (error: unknown) => error,
  );
  const failure = await Promise.race([answer, late]);
  clearTimeout(timer);
  sql.end({ timeout: 0 }).catch(() => undefined);
  return failure;
}
