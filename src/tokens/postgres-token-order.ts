import type { TokenSort } from '../admin-api/ports/tokens.ts';
import type { Fragment, Sql } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { earliestInstantMs, latestInstantMs } from '../lib/instants.ts';
import { isId, readPlace, writePlace } from '../lib/keyset.ts';
import { text, type Row } from '../lib/row.ts';

/** A place in a list: the key that it is sorted by, as text, with the id behind it, so that every token has one place. */
export interface Place {
  readonly key: string;
  readonly id: string;
}

/** How rows `t` of tokens, or `l` of last uses, are put in order. */
export interface Order {
  readonly key: Fragment;
  readonly id: Fragment;
  readonly direction: Fragment;
  /** Begins with AND: behind the place where the page before ended. */
  readonly after: Fragment;
}

/** The order along an index, from `place` on or from the beginning. */
export function orderOf(sql: Sql, { by, descending }: TokenSort, place: Place | undefined): Order {
  const id = by === 'last_used_at' ? sql`l.token_id` : sql`t.id`;
  const key = keyOf(sql, by);
  const direction = descending ? sql`DESC` : sql`ASC`;
  return { key, id, direction, after: place === undefined ? sql`` : after(place) };

  function after(from: Place): Fragment {
    const [ours, theirs] =
      by === 'created_at'
        ? [id, sql`${from.id}`]
        : [sql`(${key}, ${id})`, sql`(${keyValue(sql, by, from.key)}, ${from.id})`];
    return descending ? sql`AND ${ours} < ${theirs}` : sql`AND ${ours} > ${theirs}`;
  }
}

function keyOf(sql: Sql, by: TokenSort['by']): Fragment {
  switch (by) {
    case 'created_at':
      // Ids begin with the time at which they were made.
      return sql`t.id`;
    case 'expires_at':
      return sql`t.ends_at`;
    case 'last_used_at':
      return sql`l.at`;
    case 'name':
      return sql`t.name`;
    default:
      return unreachable(by);
  }
}

function keyValue(sql: Sql, by: TokenSort['by'], key: string): Fragment {
  return by === 'name' ? sql`${key}` : sql`${instantText(key)}::text::timestamptz`;
}

/** The column `key` as a cursor has it: instants in milliseconds, `infinity` and `-infinity` as they are. */
export function keyText(sql: Sql, by: TokenSort['by']): Fragment {
  if (by === 'created_at' || by === 'name') return sql`key`;
  return sql`CASE WHEN isfinite(key) THEN round(extract(epoch FROM key) * 1000)::bigint::text ELSE key::text END`;
}

/** Reads `place` (see `keyText`) and `id` of a row as a cursor. */
export function cursorOf(row: Row, by: TokenSort['by']): string {
  // Ids and names are no numbers, which is what places begin with, so something stands before them.
  return writePlace(['0', by === 'created_at' ? '' : text(row, 'place'), text(row, 'id')]);
}

/** undefined for a text that no page has given as its cursor. */
export function readCursor(cursor: string): Place | undefined {
  const [, key, id] = readPlace(cursor, 3) ?? [];
  return key === undefined || id === undefined || !isId(id) ? undefined : { key, id };
}

function instantText(value: string): string {
  if (value === 'infinity' || value === '-infinity') return value;
  const instantMs = /^-?\d{1,15}$/.test(value) ? Number(value) : 0;
  return new Date(Math.min(Math.max(instantMs, earliestInstantMs), latestInstantMs)).toISOString();
}
