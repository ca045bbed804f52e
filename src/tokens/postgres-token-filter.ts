import type { TokenFilter } from '../admin-api/ports.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Fragment, Sql } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { containsPattern } from '../lib/keyset.ts';

/** The conditions of a filter, each beginning with AND, on `tokens t` joined with its owner `users u`. */
export function matching(sql: Sql, filter: TokenFilter, nowMs: number): Fragment[] {
  const { organizationId, userId, state, search } = filter;
  return [
    organizationId === undefined ? sql`` : sql`AND t.organization_id = ${organizationId}`,
    userId === undefined ? sql`` : sql`AND t.user_id = ${userId}`,
    state === undefined ? sql`` : sql`AND ${inState(sql, state, new Date(nowMs))}`,
    search === undefined ? sql`` : sql`AND ${named(sql, search)}`,
  ];
}

/** The order of `tokenState`: what is final wins. */
function inState(sql: Sql, state: TokenState, now: Date): Fragment {
  const unexpired = sql`t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ${now})`;
  switch (state) {
    case 'revoked':
      return sql`t.revoked_at IS NOT NULL`;
    case 'expired':
      return sql`t.revoked_at IS NULL AND t.expires_at <= ${now}`;
    case 'disabled':
      return sql`${unexpired} AND t.disabled_at IS NOT NULL`;
    case 'active':
      return sql`${unexpired} AND t.disabled_at IS NULL`;
    default:
      return unreachable(state);
  }
}

/** Letters of ASCII in any case; other letters as they are, for what their cases are depends on the database. */
function named(sql: Sql, search: string): Fragment {
  const pattern = sql`lower(${containsPattern(search)} COLLATE "C")`;
  return sql`(lower(t.name) LIKE ${pattern} OR lower(u.username) LIKE ${pattern})`;
}
