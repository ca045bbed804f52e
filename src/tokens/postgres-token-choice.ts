import type { TokenFilter, TokenSort } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Database, Transaction } from '../db/client.ts';
import type { Token } from '../core/directory.ts';
import { text } from '../lib/row.ts';
import { matching } from './postgres-token-filter.ts';
import { listTokens } from './postgres-token-list.ts';
import { storedToken, tokenColumns, tokenTables } from './postgres-token-rows.ts';

/** How many tokens of a filter a call is about. */
export interface Choice {
  readonly filter: TokenFilter;
  readonly most: number;
  /** The token that is left out. */
  readonly except?: string;
}

const oldestFirst: TokenSort = { by: 'created_at', descending: false };

/**
 * Finds the oldest tokens of a filter, in the states that it asks for or, where it asks for none, in `states`. Page by
 * page, so that no statement takes long: before the transaction that changes them.
 * @returns ids, and whether there are more
 */
export async function chooseTokens(
  database: Database,
  { filter, most, except }: Choice,
  { states, nowMs }: { readonly states: readonly TokenState[]; readonly nowMs: number },
): Promise<{ readonly ids: readonly string[]; readonly more: boolean }> {
  const wanted = states.filter((state) => filter.state === undefined || filter.state === state);
  const found: string[] = [];
  for (const state of wanted) found.push(...(await ofState(state)));
  const oldest = found.toSorted();
  return { ids: oldest.slice(0, most), more: oldest.length > most };

  /** One more than is wanted, as far as there are so many. */
  async function ofState(state: TokenState): Promise<readonly string[]> {
    const ids: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null && ids.length <= most) {
      const page = { limit: most + 1, ...(cursor !== undefined && { cursor }) };
      const wish = { filter: { ...filter, state }, page, sort: oldestFirst };
      const { items, nextCursor } = await database.query((sql) => listTokens(sql, wish, nowMs));
      ids.push(...items.map(({ id }) => id).filter((id) => id !== except));
      cursor = nextCursor;
    }
    return ids;
  }
}

/** Locks tokens that were chosen, and leaves out those that the filter does not find any more. */
export async function lockChosen(
  sql: Transaction,
  ids: readonly string[],
  { filter, states, nowMs }: { filter: TokenFilter; states: readonly TokenState[]; nowMs: number },
): Promise<readonly Token[]> {
  const locked = await sql`
    SELECT t.id FROM tokens t WHERE t.id = ANY (${[...ids]}::text[]) ${matching(sql, filter, nowMs)}
    ORDER BY t.id FOR UPDATE OF t`;
  const tokens = await readTokens(
    sql,
    locked.map((row) => text(row, 'id')),
    nowMs,
  );
  return tokens.filter(({ state }) => states.includes(state));
}

/** Tokens by their ids, the oldest first. */
export async function readTokens(sql: Transaction, ids: readonly string[], nowMs: number): Promise<readonly Token[]> {
  const rows = await sql`
    SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)} WHERE t.id = ANY (${[...ids]}::text[]) ORDER BY t.id`;
  return rows.map((row) => storedToken(row, nowMs).token);
}
