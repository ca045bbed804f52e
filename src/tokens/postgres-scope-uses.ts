import type { ScopeUseFilter, ScopeUses, TokenScopeUse } from '../admin-api/ports/usage.ts';
import type { Page } from '../core/directory.ts';
import { scopeUse } from '../core/scope-use.ts';
import type { Database } from '../db/client.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { instant, instantOrNull, integer, text, texts, type Row } from '../lib/row.ts';

/** Reads what active tokens did with their scopes, from the hours of their usage. */
export class PostgresScopeUses implements ScopeUses {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(
    { organizationId, userId, tokenId, fromMs, nowMs }: ScopeUseFilter,
    page: PageRequest,
  ): Promise<Page<TokenScopeUse>> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT
          t.id, t.name, t.scopes, t.created_at, t.user_id, u.username, t.organization_id,
          coalesce(h.asked, '{}') AS asked, coalesce(h.requests, 0)::float8 AS requests, h.last_hour
        FROM tokens t
        JOIN users u ON u.id = t.user_id
        LEFT JOIN LATERAL (
          SELECT array_agg(DISTINCT scopes) AS asked, sum(allowed) AS requests, max(hour) AS last_hour
          FROM usage_hours WHERE token_id = t.id AND hour >= ${new Date(fromMs)} AND allowed > 0
        ) h ON true
        WHERE t.kind = 'pat' AND t.revoked_at IS NULL AND t.deleted_at IS NULL
          AND (t.expires_at IS NULL OR t.expires_at > ${new Date(nowMs)}) AND t.id < ${idBefore(page)}
          ${organizationId === undefined ? sql`` : sql`AND t.organization_id = ${organizationId}`}
          ${userId === undefined ? sql`` : sql`AND t.user_id = ${userId}`}
          ${tokenId === undefined ? sql`` : sql`AND t.id = ${tokenId}`}
        ORDER BY t.id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(tokenScopeUse), page.limit);
    });
  }
}

function tokenScopeUse(row: Row): TokenScopeUse {
  const scopes = texts(row, 'scopes');
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    userId: text(row, 'user_id'),
    username: text(row, 'username'),
    organizationId: text(row, 'organization_id'),
    createdAtMs: instant(row, 'created_at'),
    requests: integer(row, 'requests'),
    lastHourMs: instantOrNull(row, 'last_hour'),
    ...scopeUse(scopes, texts(row, 'asked')),
  };
}
