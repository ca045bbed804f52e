import type { UsageFilter, UsageHour, UsageHours } from '../admin-api/ports/usage.ts';
import type { Page } from '../core/directory.ts';
import type { Database } from '../db/client.ts';
import { readPlace, writePlace, type PageRequest } from '../lib/keyset.ts';
import { instant, integer, text, type Row } from '../lib/row.ts';

/** Reads how tokens were used, newest hour first. */
export class PostgresUsageHours implements UsageHours {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(filter: UsageFilter, { limit, cursor }: PageRequest): Promise<Page<UsageHour>> {
    const { organizationId, userId, tokenId, fromMs, toMs } = filter;
    const place = cursor === undefined ? undefined : readPlace(cursor, 4);
    if (cursor !== undefined && place === undefined) return Promise.resolve({ items: [], nextCursor: null });
    return this.#database.query(async (sql) => {
      const [hour = '', token = '', route = '', scopes = ''] = place ?? [];
      // As float8, which holds every whole number up to 2^53: the driver makes a text of a bigint.
      const rows = await sql`
        SELECT
          h.hour, h.token_id, h.route, h.scopes, h.allowed::float8 AS allowed, h.refused::float8 AS refused,
          t.user_id, t.organization_id
        FROM usage_hours h JOIN tokens t ON t.id = h.token_id
        WHERE h.hour >= ${new Date(fromMs)} AND h.hour < ${new Date(toMs)}
        ${organizationId === undefined ? sql`` : sql`AND t.organization_id = ${organizationId}`}
        ${userId === undefined ? sql`` : sql`AND t.user_id = ${userId}`}
        ${tokenId === undefined ? sql`` : sql`AND h.token_id = ${tokenId}`}
        ${place === undefined ? sql`` : sql`AND (h.hour, h.token_id, h.route, h.scopes) < (${new Date(Number(hour))}, ${token}, ${route}, ${scopes})`}
        ORDER BY h.hour DESC, h.token_id DESC, h.route DESC, h.scopes DESC LIMIT ${limit + 1}`;
      const items = rows.slice(0, limit).map(usageHour);
      const last = rows.length > limit ? items.at(-1) : undefined;
      return { items, nextCursor: last === undefined ? null : writePlace(placeOf(last)) };
    });
  }
}

function placeOf({ hourMs, tokenId, route, scopes }: UsageHour): readonly string[] {
  return [String(hourMs), tokenId, route, scopes];
}

function usageHour(row: Row): UsageHour {
  return {
    hourMs: instant(row, 'hour'),
    tokenId: text(row, 'token_id'),
    userId: text(row, 'user_id'),
    organizationId: text(row, 'organization_id'),
    route: text(row, 'route'),
    scopes: text(row, 'scopes'),
    allowed: integer(row, 'allowed'),
    refused: integer(row, 'refused'),
  };
}
