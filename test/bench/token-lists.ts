import type { TokenFilter, TokenSort } from '../../src/admin-api/ports/tokens.ts';
import type { Page, Token } from '../../src/core/directory.ts';
import type { Database, Sql } from '../../src/db/client.ts';
import { openStore } from '../../src/db/store.ts';
import type { PageRequest } from '../../src/lib/keyset.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { listTokens, type TokenListWish } from '../../src/tokens/postgres-token-list.ts';
import { startPostgres } from '../support/postgres-server.ts';
import { percentile } from './statistics.ts';
import { fillTokenLists, usersOf } from './token-lists-fill.ts';

/** What a page of 50 of one organisation's tokens costs. */
export interface TokenListResult {
  readonly list: string;
  readonly lists: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** The lines of the plan that read a table or an index, of the statement that finds the page. */
  readonly plan: readonly string[];
}

export interface TokenListsResult {
  readonly tokens: number;
  readonly results: readonly TokenListResult[];
}

const rounds = 30;
const warmUpRounds = 3;
const limit = 50;
const dayMs = 86_400_000;
const organizationId = 'org_1';

interface Wish {
  readonly filter?: TokenFilter;
  readonly sort?: TokenSort;
  /** Go on from the page before. */
  readonly deep?: boolean;
}

const down = (by: TokenSort['by']): TokenSort => ({ by, descending: true });
const up = (by: TokenSort['by']): TokenSort => ({ by, descending: false });
const any = (below: number): number => Math.floor(Math.random() * below);

/** What people look for, each with other values in every round. */
function wishes(tokens: number, nowMs: number): Readonly<Record<string, () => Wish>> {
  return {
    'newest first': () => ({}),
    'newest first, page by page': () => ({ deep: true }),
    'oldest first': () => ({ sort: up('created_at') }),
    'by expiry': () => ({ sort: up('expires_at'), deep: true }),
    'by expiry, last first': () => ({ sort: down('expires_at') }),
    'by name': () => ({ sort: up('name'), deep: true }),
    'by last use': () => ({ sort: down('last_used_at'), deep: true }),
    'by last use, never used first': () => ({ sort: up('last_used_at') }),
    active: () => ({ filter: { state: 'active' } }),
    'active, by name': () => ({ filter: { state: 'active' }, sort: up('name') }),
    'active, oldest first': () => ({ filter: { state: 'active' }, sort: up('created_at') }),
    'expired, last ended first': () => ({ filter: { state: 'expired' }, sort: down('expires_at'), deep: true }),
    'expired, newest first': () => ({ filter: { state: 'expired' } }),
    disabled: () => ({ filter: { state: 'disabled' }, deep: true }),
    revoked: () => ({ filter: { state: 'revoked' }, deep: true }),
    'of a user': () => ({ filter: { userId: `usr_${1 + any(usersOf(tokens))}` } }),
    'of a user, by last use': () => ({
      filter: { userId: `usr_${1 + any(usersOf(tokens))}` },
      sort: down('last_used_at'),
    }),
    'search: one token': () => ({ filter: { search: `-${100_000 + any(tokens)}` } }),
    'search: a username': () => ({ filter: { search: `robot-${1 + any(usersOf(tokens))}` } }),
    'search: a word of many': () => ({ filter: { search: 'nightly' } }),
    'search: a word of every token': () => ({ filter: { search: 'ROBOT' }, sort: up('expires_at') }),
    'search: nothing has it': () => ({ filter: { search: `zz${any(100)}zz` } }),
    'search: three letters of every token, oldest first': () => ({ filter: { search: 'bot' }, sort: up('created_at') }),
    'on review': () => ({ filter: { review: true }, sort: up('name') }),
    'search: two letters': () => ({ filter: { search: 'ex' } }),
    'search among active ones, by name': () => ({
      filter: { state: 'active', search: `rt-${10 + any(90)}` },
      sort: up('name'),
    }),
    'active, ends within 7 days': () => ({
      filter: { state: 'active', expiresBeforeMs: nowMs + 7 * dayMs },
      sort: up('expires_at'),
    }),
    'unused for 90 days, by last use': () => ({
      filter: { state: 'active', unusedSinceMs: nowMs - 90 * dayMs },
      sort: up('last_used_at'),
    }),
    'unused for 90 days': () => ({ filter: { unusedSinceMs: nowMs - 90 * dayMs } }),
  };
}

/** Fills a Postgres of its own, which stops when `cleanUp` of the tests' support runs. */
export async function measureTokenLists(tokens: number): Promise<TokenListsResult> {
  const server = await startPostgres();
  const store = await openStore({ url: server.url }, { role: 'command' });
  try {
    const nowMs = systemClock.now();
    await fillTokenLists(server.url, tokens);
    const results: TokenListResult[] = [];
    for (const [list, wish] of Object.entries(wishes(tokens, nowMs))) {
      results.push(await measureOne(list, wish, { database: store.admin, nowMs }));
    }
    return { tokens, results };
  } finally {
    await store.close();
  }
}

async function measureOne(
  list: string,
  wish: () => Wish,
  { database, nowMs }: { database: Database; nowMs: number },
): Promise<TokenListResult> {
  const latenciesMs: number[] = [];
  let cursor: string | null = null;
  for (let round = -warmUpRounds; round < rounds; round++) {
    const { filter, sort = down('created_at'), deep = false } = wish();
    const page: PageRequest = deep && cursor !== null ? { limit, cursor } : { limit };
    const wanted: TokenListWish = { filter: { organizationId, ...filter }, page, sort };
    const start = systemClock.monotonic();
    const found: Page<Token> | undefined = await database
      .query((sql) => listTokens(sql, wanted, nowMs))
      .catch(() => undefined);
    // One that meets the deadline of the store is no answer at all.
    if (round >= 0) latenciesMs.push(found === undefined ? Infinity : systemClock.monotonic() - start);
    if (found === undefined && round >= 0) break;
    cursor = found?.nextCursor ?? null;
  }
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const { filter, sort = down('created_at') } = wish();
  const lines = latenciesMs.includes(Infinity)
    ? []
    : await planOf(database, (sql) =>
        listTokens(sql, { filter: { organizationId, ...filter }, page: { limit }, sort }, nowMs),
      );
  return { list, lists: rounds, p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95), plan: lines };
}

/** Asks Postgres how it goes about finding the page: the part before the rows themselves are read. */
async function planOf(database: Database, list: (sql: Sql) => Promise<unknown>): Promise<string[]> {
  const plan: string[] = [];
  await database.query((sql) => list(explaining(sql, plan)));
  const part = plan;
  return part.filter((line) => / Scan| Cond:/.test(line)).map((line) => line.trim().slice(0, 160));
}

/** The client with EXPLAIN before its statements; pieces of statements are left as they are. */
function explaining(sql: Sql, lines: string[]): Sql {
  const tagged = (strings: TemplateStringsArray, ...values: never[]): unknown => {
    const [first = '', ...rest] = strings;
    if (!/^\s*WITH page/.test(first)) return sql(strings, ...values);
    const texts = [`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ${first}`, ...rest];
    return sql(Object.assign(texts, { raw: texts }), ...values).then((rows) => {
      lines.push(...rows.map((row) => String(row['QUERY PLAN'])));
      return [];
    });
  };
  return tagged as unknown as Sql;
}
