import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Fragment, Queryable } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { containsPattern } from '../lib/keyset.ts';

/** The conditions of a filter, each beginning with AND, on `tokens t`. */
export function matching(sql: Queryable, filter: TokenFilter, nowMs: number): Fragment[] {
  const { organizationId, userId, state, search, expiresBeforeMs, unusedSinceMs } = filter;
  return [
    // Sessions of assumed users have lists of their own.
    sql`AND t.kind <> 'ses'`,
    organizationId === undefined ? sql`` : sql`AND t.organization_id = ${organizationId}`,
    userId === undefined ? sql`` : sql`AND t.user_id = ${userId}`,
    state === undefined ? sql`` : sql`AND ${inState(sql, state, new Date(nowMs))}`,
    search === undefined ? sql`` : sql`AND ${named(sql, search)}`,
    expiresBeforeMs === undefined ? sql`` : sql`AND coalesce(t.expires_at, 'infinity') < ${new Date(expiresBeforeMs)}`,
    unusedSinceMs === undefined ? sql`` : sql`AND ${unusedSince(sql, new Date(unusedSinceMs))}`,
  ];
}

/** The order of `tokenState`: what is final wins. */
function inState(sql: Queryable, state: TokenState, now: Date): Fragment {
  // In the words of the index of expiry.
  const unexpired = sql`t.revoked_at IS NULL AND coalesce(t.expires_at, 'infinity') > ${now}`;
  switch (state) {
    case 'revoked':
      return sql`t.revoked_at IS NOT NULL`;
    case 'expired':
      return sql`t.revoked_at IS NULL AND coalesce(t.expires_at, 'infinity') <= ${now}`;
    case 'disabled':
      return sql`${unexpired} AND t.disabled_at IS NOT NULL`;
    case 'active':
      return sql`${unexpired} AND t.disabled_at IS NULL`;
    default:
      return unreachable(state);
  }
}

/**
 * In the name or the owner's username. Letters of ASCII in any case; other letters as they are, for what their cases are
 * depends on the database. The index knows three letters in a row, so it is of no use for less.
 */
function named(sql: Queryable, search: string): Fragment {
  const wanted = search.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  const like = sql`t.searched LIKE ${containsPattern(wanted)}`;
  const triples = triplesOf(wanted);
  // As a plain value, so that the server can tell from its statistics how common they are.
  return triples.length === 0 ? like : sql`t.searched_triples @> ${triples}::text[] AND ${like}`;
}

/** As the database's `letter_triples` does. */
function triplesOf(text: string): string[] {
  const letters = [...text];
  return [...new Set(letters.slice(2).map((_, at) => letters.slice(at, at + 3).join('')))];
}

/** Made before `since`, and by its last use not used after it. */
function unusedSince(sql: Queryable, since: Date): Fragment {
  return sql`(
    t.created_at <= ${since}
    AND NOT EXISTS (SELECT FROM token_last_use used WHERE used.token_id = t.id AND used.at > ${since}))`;
}
