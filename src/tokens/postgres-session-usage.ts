import type { SessionUsages } from '../admin-api/ports/usage.ts';
import { reportedAddressesMax, type SessionUsage } from '../core/session-use.ts';
import type { Database, Queryable, Transaction } from '../db/client.ts';
import { instant, integer, text, type Row } from '../lib/row.ts';

/** As long as the audit log is kept, unless told otherwise: a report says what a row of it leaves out. */
const keptMs = 400 * 86_400_000;

/** Adds what was done under sessions, in one order, so that two nodes that meet in the same rows do not lock up. */
export async function addSessionUsage(sql: Transaction, sessions: readonly SessionUsage[]): Promise<void> {
  const calls = sessions.flatMap(({ sessionId, calls: ofSession }) =>
    ofSession.map(({ firstMs, lastMs, ...call }) => ({ session_id: sessionId, ...call, ...span(firstMs, lastMs) })),
  );
  const addresses = sessions.flatMap(({ sessionId, addresses: ofSession }) =>
    ofSession.map(({ firstMs, lastMs, ...seen }) => ({ session_id: sessionId, ...seen, ...span(firstMs, lastMs) })),
  );
  await addCalls(sql, JSON.stringify(calls));
  await addAddresses(sql, JSON.stringify(addresses));
}

function span(firstMs: number, lastMs: number): { first_at: Date; last_at: Date } {
  return { first_at: new Date(firstMs), last_at: new Date(lastMs) };
}

async function addCalls(sql: Transaction, rows: string): Promise<void> {
  await sql`
    INSERT INTO assume_session_calls AS known (session_id, route, method, code, calls, first_at, last_at)
    SELECT session_id, route, method, code, calls, first_at, last_at
    FROM jsonb_to_recordset(${rows}::text::jsonb) AS given (
      session_id text COLLATE "C", route text COLLATE "C", method text COLLATE "C", code text COLLATE "C",
      calls bigint, first_at timestamptz, last_at timestamptz)
    ORDER BY session_id, route, method, code
    ON CONFLICT (session_id, route, method, code) DO UPDATE
    SET calls = known.calls + excluded.calls, first_at = least(known.first_at, excluded.first_at),
      last_at = greatest(known.last_at, excluded.last_at)`;
}

/** A session that has its fill of addresses gets no new ones. */
async function addAddresses(sql: Transaction, rows: string): Promise<void> {
  await sql`
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(${rows}::text::jsonb) AS given (
        session_id text COLLATE "C", address text COLLATE "C", calls bigint, first_at timestamptz, last_at timestamptz)
    ), seen AS (
      SELECT given.*, k.session_id IS NOT NULL AS is_known,
        row_number() OVER (PARTITION BY given.session_id, k.session_id IS NULL ORDER BY given.first_at) AS place,
        (SELECT count(*) FROM assume_session_addresses a WHERE a.session_id = given.session_id) AS held
      FROM given LEFT JOIN assume_session_addresses k USING (session_id, address)
    )
    INSERT INTO assume_session_addresses AS known (session_id, address, calls, first_at, last_at)
    SELECT session_id, address, calls, first_at, last_at FROM seen
    WHERE is_known OR held + place <= ${reportedAddressesMax}
    ORDER BY session_id, address
    ON CONFLICT (session_id, address) DO UPDATE
    SET calls = known.calls + excluded.calls, first_at = least(known.first_at, excluded.first_at),
      last_at = greatest(known.last_at, excluded.last_at)`;
}

/** Deletes some of what is older than reports are kept. */
export function pruneSessionUsage(
  sql: Queryable,
  { nowMs, rows }: { readonly nowMs: number; readonly rows: number },
): Promise<{ readonly count: number }> {
  const before = new Date(nowMs - keptMs);
  return sql`
    WITH old AS (
      SELECT session_id, route, method, code FROM assume_session_calls
      WHERE last_at < ${before} ORDER BY last_at LIMIT ${rows}
    ), addresses AS (
      DELETE FROM assume_session_addresses WHERE last_at < ${before}
    )
    DELETE FROM assume_session_calls WHERE (session_id, route, method, code) IN (SELECT * FROM old)`;
}

/** Reads what was done under sessions. */
export class PostgresSessionUsages implements SessionUsages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  find(sessionId: string): Promise<SessionUsage> {
    return this.#database.query((sql) => readSessionUsage(sql, sessionId));
  }
}

/** What was done under a session: routes by their names, addresses in the order in which they were first seen. */
export async function readSessionUsage(sql: Queryable, sessionId: string): Promise<SessionUsage> {
  const calls = await sql`
    SELECT route, method, code, calls::float8 AS calls, first_at, last_at FROM assume_session_calls
    WHERE session_id = ${sessionId} ORDER BY route, method, code`;
  const addresses = await sql`
    SELECT address, calls::float8 AS calls, first_at, last_at FROM assume_session_addresses
    WHERE session_id = ${sessionId} ORDER BY first_at, address`;
  return {
    sessionId,
    calls: calls.map((row) => ({
      route: text(row, 'route'),
      method: text(row, 'method'),
      code: text(row, 'code'),
      ...spanOf(row),
    })),
    addresses: addresses.map((row) => ({ address: text(row, 'address'), ...spanOf(row) })),
  };
}

function spanOf(row: Row): { calls: number; firstMs: number; lastMs: number } {
  return { calls: integer(row, 'calls'), firstMs: instant(row, 'first_at'), lastMs: instant(row, 'last_at') };
}
