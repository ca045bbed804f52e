import type { TokenFilter, TokenSort } from '../admin-api/ports/tokens.ts';
import type { Page, Token } from '../core/directory.ts';
import type { Fragment, Sql } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { earliestInstantMs, latestInstantMs } from '../lib/instants.ts';
import { isId, readPlace, writePlace, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import { matching } from './postgres-token-filter.ts';
import { storedToken, tokenColumns, tokenTables } from './postgres-token-rows.ts';

export const newestFirst: TokenSort = { by: 'created_at', descending: true };

export interface TokenListWish {
  readonly filter: TokenFilter;
  readonly page: PageRequest;
  readonly sort: TokenSort;
}

/** What a list is sorted by: a column with the id behind it, so that every token has one place. */
interface Order {
  readonly key: Fragment;
  readonly id: Fragment;
  /** What of a place in the list is compared with `key`. */
  place(value: string): Fragment;
}

/**
 * A page of tokens. Its ids are found first, along the index of the order, and only for those the rest is read.
 * @returns the empty last page for a cursor that is none
 */
export async function listTokens(sql: Sql, { filter, page, sort }: TokenListWish, nowMs: number): Promise<Page<Token>> {
  const place = page.cursor === undefined ? undefined : readPlace(page.cursor, 3);
  if (page.cursor !== undefined && (place === undefined || !isId(place[2] ?? '')))
    return { items: [], nextCursor: null };
  const order = orderOf(sql, sort.by);
  const direction = sort.descending ? sql`DESC` : sql`ASC`;
  const { unusedSinceMs, ...others } = filter;
  const [from, rest] =
    sort.by === 'last_used_at'
      ? [sql`${lastUses(sql, filter)} ${unusedSince(sql, unusedSinceMs)}`, others]
      : [sql`tokens t WHERE true`, filter];
  const rows = await sql`
    WITH page AS (
      SELECT t.id, ${order.key} AS key FROM ${from} AND t.deleted_at IS NULL ${matching(sql, rest, nowMs)}
      ${place === undefined ? sql`` : after(sql, order, place, sort)}
      ORDER BY ${order.key} ${direction}, ${order.id} ${direction} LIMIT ${page.limit + 1}
    )
    SELECT ${tokenColumns(sql)}, ${keyText(sql, sort.by)} AS place FROM page
    JOIN (${tokenTables(sql)}) ON t.id = page.id
    ORDER BY page.key ${direction}, page.id ${direction}`;
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => storedToken(row, nowMs).token),
    nextCursor: last === undefined ? null : cursorOf(text(last, 'place'), text(last, 'id'), sort.by),
  };
}

function orderOf(sql: Sql, by: TokenSort['by']): Order {
  const instant = (value: string): Fragment => sql`${instantText(value)}::text::timestamptz`;
  switch (by) {
    case 'created_at':
      // Ids begin with the time at which they were made.
      return { key: sql`t.id`, id: sql`t.id`, place: (value) => sql`${value}` };
    case 'expires_at':
      return { key: sql`coalesce(t.expires_at, 'infinity')`, id: sql`t.id`, place: instant };
    case 'last_used_at':
      return { key: sql`l.at`, id: sql`l.token_id`, place: instant };
    case 'name':
      return { key: sql`t.name`, id: sql`t.id`, place: (value) => sql`${value}` };
    default:
      return unreachable(by);
  }
}

/** The table of last uses has the organisation and the user too, so that its index has the order of the list. */
function lastUses(sql: Sql, { organizationId, userId }: TokenFilter): Fragment {
  return sql`
    token_last_use l JOIN tokens t ON t.id = l.token_id WHERE true
    ${organizationId === undefined ? sql`` : sql`AND l.organization_id = ${organizationId}`}
    ${userId === undefined ? sql`` : sql`AND l.user_id = ${userId}`}`;
}

function unusedSince(sql: Sql, sinceMs: number | undefined): Fragment {
  if (sinceMs === undefined) return sql``;
  const since = new Date(sinceMs);
  return sql`AND l.at <= ${since} AND t.created_at <= ${since}`;
}

function after(sql: Sql, order: Order, [, value = '', id = '']: readonly string[], sort: TokenSort): Fragment {
  if (sort.by === 'created_at') return sort.descending ? sql`AND t.id < ${id}` : sql`AND t.id > ${id}`;
  const ours = sql`(${order.key}, ${order.id})`;
  const theirs = sql`(${order.place(value)}, ${id})`;
  return sort.descending ? sql`AND ${ours} < ${theirs}` : sql`AND ${ours} > ${theirs}`;
}

/** The key as the cursor has it: instants in milliseconds, `infinity` and `-infinity` as they are. */
function keyText(sql: Sql, by: TokenSort['by']): Fragment {
  if (by === 'created_at' || by === 'name') return sql`page.key`;
  return sql`
    CASE WHEN isfinite(page.key) THEN round(extract(epoch FROM page.key) * 1000)::bigint::text ELSE page.key::text END`;
}

/** Ids and names are no numbers, which is what places begin with, so something stands before them. */
function cursorOf(key: string, id: string, by: TokenSort['by']): string {
  return writePlace(['0', by === 'created_at' ? '' : key, id]);
}

function instantText(value: string): string {
  if (value === 'infinity' || value === '-infinity') return value;
  const instantMs = /^-?\d{1,15}$/.test(value) ? Number(value) : 0;
  return new Date(Math.min(Math.max(instantMs, earliestInstantMs), latestInstantMs)).toISOString();
}
