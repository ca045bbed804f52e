import type { TokenFilter, TokenSort } from '../admin-api/ports/tokens.ts';
import type { Page, Token } from '../core/directory.ts';
import type { Fragment, Sql } from '../db/client.ts';
import type { PageRequest } from '../lib/keyset.ts';
import { integer, type Row } from '../lib/row.ts';
import { candidates } from './postgres-token-candidates.ts';
import { matching } from './postgres-token-filter.ts';
import { cursorOf, keyText, orderOf, readCursor, type Order } from './postgres-token-order.ts';
import { storedToken, tokenColumns, tokenTables } from './postgres-token-rows.ts';
import { rareTermsOf } from './postgres-token-terms.ts';
import { walk } from './postgres-token-walk.ts';

export const newestFirst: TokenSort = { by: 'created_at', descending: true };

export interface TokenListWish {
  readonly filter: TokenFilter;
  readonly page: PageRequest;
  readonly sort: TokenSort;
}

/** How much a page may cost. */
export interface ListBounds {
  /** How many tokens are walked over at first. */
  readonly firstWalk: number;
  /** How many, where the index has all that is looked at. */
  readonly longWalk: number;
  /** With so many found by the first walk, a long one is likely to fill the page. */
  readonly promising: number;
  /** So many tokens that an index finds are put in order. */
  readonly found: number;
}

const usualBounds: ListBounds = { firstWalk: 3000, longWalk: 40_000, promising: 6, found: 4000 };

interface Search extends TokenListWish {
  readonly order: Order;
  readonly nowMs: number;
  readonly bounds: ListBounds;
}

/**
 * A page of tokens, within a bounded amount of work whatever is asked for. It is walked in the order of the list, which
 * finds what is common within a few steps; what is rare, an index finds whole. Where neither does (many tokens have it,
 * but none for a long way), the page ends where the walk ended: it has fewer items than it might, and a cursor.
 * @returns the empty last page for a cursor that is none
 */
export async function listTokens(
  sql: Sql,
  wish: TokenListWish,
  nowMs: number,
  bounds: ListBounds = usualBounds,
): Promise<Page<Token>> {
  const { page, sort } = wish;
  const place = page.cursor === undefined ? undefined : readCursor(page.cursor);
  if (page.cursor !== undefined && place === undefined) return { items: [], nextCursor: null };
  const search = { ...wish, order: orderOf(sql, sort, place), nowMs, bounds };
  let walked = await takeWalk(sql, search, bounds.firstWalk);
  const canGoOn = (): boolean => walked.end !== undefined && walked.most < bounds.longWalk && isCovered(wish);
  if (canGoOn() && walked.rows.length >= bounds.promising) walked = await takeWalk(sql, search, bounds.longWalk);
  if (walked.end === undefined) return pageOf(walked.rows, search);
  const terms = wish.filter.search === undefined ? [] : await rareTermsOf(sql, wish.filter);
  const found = await readPage(sql, search, foundPage(sql, search, terms));
  const [first] = found;
  if (first === undefined || integer(first, 'found') <= bounds.found) return pageOf(found, search);
  if (canGoOn()) walked = await takeWalk(sql, search, bounds.longWalk);
  const part = pageOf(walked.rows, search);
  return walked.end === undefined ? part : { ...part, nextCursor: cursorOf(walked.end, sort.by) };
}

interface Walked {
  readonly rows: readonly Row[];
  readonly most: number;
  /** Where it ended before the page was full; undefined when it is, or nothing is left to walk over. */
  readonly end: Row | undefined;
}

/** A walk that does not fill the page is taken whole, page and end by one statement: between two, tokens come and go. */
async function takeWalk(sql: Sql, search: Search, most: number): Promise<Walked> {
  const { limit } = search.page;
  const rows = await readPage(sql, search, walkedPage(sql, search, most));
  if (rows.length > limit) return { rows, most, end: undefined };
  const whole = await walkWhole(sql, search, most);
  const { end_id: id, end_place: place } = whole[0] ?? {};
  const found = whole.filter((row) => row['id'] !== null);
  return { rows: found, most, end: found.length > limit || id === null ? undefined : { id, place } };
}

/** Says whether what a filter looks at stands in the index that has the order of the list. */
function isCovered({ filter, sort }: TokenListWish): boolean {
  const { organizationId, userId, unusedSinceMs, endedBeforeMs, review } = filter;
  const isOfOrganization = organizationId !== undefined && userId === undefined && review === undefined;
  return isOfOrganization && unusedSinceMs === undefined && endedBeforeMs === undefined && sort.by !== 'last_used_at';
}

/** The tokens of a page, which is a query of `id`, `key` and `found`, with the place of each in the list. */
function readPage(sql: Sql, { sort, order }: Search, page: Fragment): Promise<readonly Row[]> {
  return sql`
    WITH page AS (${page})
    SELECT ${tokenColumns(sql)}, ${keyText(sql, sort.by)} AS place, page.found FROM page
    JOIN (${tokenTables(sql)}) ON t.id = page.id
    ORDER BY page.key ${order.direction}, page.id ${order.direction}`;
}

function walkedPage(sql: Sql, { filter, page, sort, order, nowMs }: Search, most: number): Fragment {
  return sql`
    SELECT t.id, t.key, 0 AS found FROM (${walk(sql, { filter, sort, order, nowMs, most })}) t
    WHERE true ${matching(sql, filter, nowMs)}
    ORDER BY t.key ${order.direction}, t.id ${order.direction} LIMIT ${page.limit + 1}`;
}

/** The page of a walk, or one row without a token, and with each row where the walk ends: null when that is the end of all. */
function walkWhole(sql: Sql, search: Search, most: number): Promise<readonly Row[]> {
  const { filter, page, sort, order, nowMs } = search;
  const { direction } = order;
  return sql`
    WITH walked AS MATERIALIZED (${walk(sql, { filter, sort, order, nowMs, most })}),
    page AS (
      SELECT t.id, t.key FROM walked t WHERE true ${matching(sql, filter, nowMs)}
      ORDER BY t.key ${direction}, t.id ${direction} LIMIT ${page.limit + 1}),
    last AS (
      SELECT max(id) AS end_id, max(place) AS end_place FROM (
        SELECT id, ${keyText(sql, sort.by)} AS place FROM walked
        ORDER BY key ${direction}, id ${direction} OFFSET ${most - 1} LIMIT 1) one)
    SELECT found.*, last.end_id, last.end_place FROM last
    LEFT JOIN (
      SELECT ${tokenColumns(sql)}, ${keyText(sql, sort.by)} AS place, page.key FROM page
      JOIN (${tokenTables(sql)}) ON t.id = page.id
    ) found ON true
    ORDER BY found.key ${direction}, found.id ${direction}`;
}

/**
 * The page out of all that an index finds. Nothing is found in the order of the list here, so `matches` is planned as if
 * all of it were wanted (MATERIALIZED), and read no further than is bearable.
 */
function foundPage(sql: Sql, { page, sort, order, bounds, filter, nowMs }: Search, terms: readonly string[]): Fragment {
  return sql`
    WITH matches AS MATERIALIZED (${candidates(sql, { filter, by: sort.by, order, nowMs, terms })}),
    few AS MATERIALIZED (SELECT * FROM matches LIMIT ${bounds.found + 1})
    SELECT id, key, (SELECT count(*)::float8 FROM few) AS found FROM few
    ORDER BY key ${order.direction}, id ${order.direction} LIMIT ${page.limit + 1}`;
}

function pageOf(rows: readonly Row[], { page, sort, nowMs }: Search): Page<Token> {
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => storedToken(row, nowMs).token),
    nextCursor: last === undefined ? null : cursorOf(last, sort.by),
  };
}
