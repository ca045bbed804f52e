import type { PastDecision } from '../core/past-decision.ts';
import type { Page } from '../core/directory.ts';
import type { Database } from '../db/client.ts';
import { writePlace, type PageRequest } from '../lib/keyset.ts';
import { instant, instantOrNull, integer, text, type Row } from '../lib/row.ts';

const columns = 6;
const hourMs = 3_600_000;

/** Reads what was decided since an hour, each kind of decision once. */
export class PostgresPastDecisions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The hour of the first decision since then that is still known; undefined: there is none. @throws StoreUnavailable */
  firstHourMs(fromMs: number): Promise<number | undefined> {
    return this.#database.query(async (sql) => {
      const [row] = await sql`SELECT min(hour) AS first FROM decision_hours WHERE hour >= ${hourOf(fromMs)}`;
      return row === undefined ? undefined : (instantOrNull(row, 'first') ?? undefined);
    });
  }

  /** A page of them, by token, in no order that means anything. @throws StoreUnavailable */
  list(fromMs: number, { limit, cursor }: PageRequest): Promise<Page<PastDecision>> {
    const place = cursor === undefined ? ['', '', '', '', '', ''] : readDecisionPlace(cursor);
    if (place === undefined) return Promise.resolve({ items: [], nextCursor: null });
    const [token = '', method = '', host = '', path = '', route = '', outcome = ''] = place;
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT token_id, method, host, path, route, outcome, sum(requests)::float8 AS requests, max(hour) AS last_hour
        FROM decision_hours
        WHERE hour >= ${hourOf(fromMs)}
          AND (token_id, method, host, path, route, outcome) > (${token}, ${method}, ${host}, ${path}, ${route}, ${outcome})
        GROUP BY token_id, method, host, path, route, outcome
        ORDER BY token_id, method, host, path, route, outcome LIMIT ${limit + 1}`;
      const items = rows.slice(0, limit).map(pastDecision);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return { items, nextCursor: last === undefined ? null : writePlace(placeOf(last)) };
    });
  }
}

/** Decisions are counted by the hour, so an hour belongs to a time that begins within it. */
function hourOf(fromMs: number): Date {
  return new Date(fromMs - (fromMs % hourMs));
}

/** Reads a cursor of the list; undefined for any other text. */
function readDecisionPlace(cursor: string): readonly string[] | undefined {
  const parts = Buffer.from(cursor, 'base64url').toString().split('\n');
  return parts.length === columns && !parts.join('').includes('\0') ? parts : undefined;
}

function placeOf({ tokenId, method, host, path, route, outcome }: PastDecision): readonly string[] {
  return [tokenId, method, host, path, route, outcome];
}

function pastDecision(row: Row): PastDecision {
  return {
    tokenId: text(row, 'token_id'),
    method: text(row, 'method'),
    host: text(row, 'host'),
    path: text(row, 'path'),
    route: text(row, 'route'),
    outcome: text(row, 'outcome'),
    requests: integer(row, 'requests'),
    lastHourMs: instant(row, 'last_hour'),
  };
}
