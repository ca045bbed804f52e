import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Fragment, Queryable } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { containsPattern } from '../lib/keyset.ts';

/** The conditions of a filter, each beginning with AND, on `tokens t`, as they are looked at row by row. */
export function matching(sql: Queryable, filter: TokenFilter, nowMs: number): Fragment[] {
  const { organizationId, userId, state, search, expiresBeforeMs, unusedSinceMs, review } = filter;
  const { endedBeforeMs } = filter;
  return [
    organizationId === undefined ? sql`` : sql`AND t.organization_id = ${organizationId}`,
    userId === undefined ? sql`` : sql`AND t.user_id = ${userId}`,
    sql`AND ${inState(sql, state, new Date(nowMs))}`,
    search === undefined ? sql`` : sql`AND t.searched LIKE ${containsPattern(inLowerCase(search))}`,
    expiresBeforeMs === undefined ? sql`` : sql`AND t.ends_at < ${new Date(expiresBeforeMs)}`,
    unusedSinceMs === undefined ? sql`` : sql`AND ${unusedSince(sql, new Date(unusedSinceMs))}`,
    endedBeforeMs === undefined ? sql`` : sql`AND ${endedBefore(sql, new Date(endedBeforeMs))}`,
    review === true ? sql`AND ${ownerOnReview(sql, organizationId)}` : sql``,
  ];
}

/** The order of `tokenState`: what is final wins. What is noted to have expired has; what is not may have meanwhile. */
function inState(sql: Queryable, state: TokenState | undefined, now: Date): Fragment {
  const end = sql`t.ends_at`;
  switch (state) {
    case undefined:
      return sql`t.list_state IS NOT NULL`;
    case 'revoked':
      return sql`t.list_state = 'revoked'`;
    case 'expired':
      return sql`(t.list_state = 'expired' OR (t.list_state IN ('active', 'disabled') AND ${end} <= ${now}))`;
    case 'disabled':
      return sql`t.list_state = 'disabled' AND ${end} > ${now}`;
    case 'active':
      return sql`t.list_state = 'active' AND ${end} > ${now}`;
    default:
      return unreachable(state);
  }
}

/** Letters of ASCII alone; what the cases of others are depends on the database. */
export function inLowerCase(search: string): string {
  return search.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Made before `since`, and by its last use not used after it. In words that leave the rows in their order. */
function unusedSince(sql: Queryable, since: Date): Fragment {
  return sql`(
    t.created_at <= ${since}
    AND coalesce((SELECT used.at FROM token_last_use used WHERE used.token_id = t.id), '-infinity') <= ${since})`;
}

function endedBefore(sql: Queryable, at: Date): Fragment {
  return sql`CASE t.list_state WHEN 'revoked' THEN t.revoked_at ELSE t.ends_at END <= ${at}`;
}

/** Of a service user of which an admin is to say what becomes of it. */
function ownerOnReview(sql: Queryable, organizationId: string | undefined): Fragment {
  return sql`t.user_id = ANY (ARRAY (
    SELECT u.id FROM users u WHERE u.review_since IS NOT NULL AND u.deleted_at IS NULL
    ${organizationId === undefined ? sql`` : sql`AND u.organization_id = ${organizationId}`}))`;
}
