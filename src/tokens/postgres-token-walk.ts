import type { TokenFilter, TokenSort } from '../admin-api/ports/tokens.ts';
import type { TokenState } from '../core/token-record.ts';
import type { Fragment, Sql } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { firstIdOf } from '../lib/ids.ts';
import type { Order } from './postgres-token-order.ts';

/** Which tokens are walked over, and how far. */
export interface Walk {
  readonly filter: TokenFilter;
  readonly sort: TokenSort;
  readonly order: Order;
  readonly nowMs: number;
  /** So many tokens are looked at. */
  readonly most: number;
}

/**
 * Rows of tokens, with the column `key`, in the order of the list: ranges of an index, merged. They are of the user or
 * the organisation, and about in the state, of the filter; what it asks for is for the caller to look at.
 */
export function walk(sql: Sql, wanted: Walk): Fragment {
  return wanted.sort.by === 'last_used_at' ? walkLastUses(sql, wanted) : walkTokens(sql, wanted);
}

function walkTokens(sql: Sql, { filter, sort, order, nowMs, most }: Walk): Fragment {
  const { key, id, direction, after } = order;
  const columns = columnsOf(sql, filter);
  const branches = statesOf(filter.state).map((state) => {
    const range = state === 'lapsed' ? lapsed(sql, filter, nowMs) : noted(sql, state, filter);
    return sql`(
      SELECT ${columns}, ${key} AS key FROM ${range} ${within(sql, filter, { by: sort.by, state, nowMs })} ${after}
      ORDER BY ${key} ${direction}, ${id} ${direction} LIMIT ${most})`;
  });
  return sql`SELECT * FROM (${union(sql, branches)}) t ORDER BY key ${direction}, id ${direction} LIMIT ${most}`;
}

/** What an index has at hand, and no more than the filter looks at. */
function columnsOf(sql: Sql, { userId, organizationId, review, unusedSinceMs, endedBeforeMs }: TokenFilter): Fragment {
  return sql`
    t.id, t.list_state, t.ends_at, t.searched
    ${userId !== undefined || review === true ? sql`, t.user_id` : sql``}
    ${organizationId === undefined ? sql`` : sql`, t.organization_id`}
    ${unusedSinceMs === undefined ? sql`` : sql`, t.created_at`}
    ${endedBeforeMs === undefined ? sql`` : sql`, t.revoked_at`}`;
}

/**
 * What the index of last uses knows of a token is its end, some time later; its state is looked at in its own row. One
 * row after the other (OFFSET 0), for another way of joining would lose the order.
 */
function walkLastUses(sql: Sql, { filter, order, nowMs, most }: Walk): Fragment {
  const { direction, after } = order;
  const { state, unusedSinceMs } = filter;
  const inScope = scope(sql, sql`l`, filter);
  const living = sql`token_last_use l WHERE ${inScope} AND NOT l.ended`;
  const ended = sql`token_last_use l WHERE ${inScope} AND l.ended`;
  const ranges = lastUseRanges(sql, unusedSinceMs);
  const branches = rangesOf().flatMap((from) =>
    ranges.map(
      (range) => sql`(
        SELECT l.token_id, l.at FROM ${from} ${range} ${after}
        ORDER BY l.at ${direction}, l.token_id ${direction} LIMIT ${most})`,
    ),
  );
  return sql`
    SELECT t.*, l.at AS key FROM (
      SELECT * FROM (${union(sql, branches)}) l ORDER BY l.at ${direction}, l.token_id ${direction} LIMIT ${most}
    ) l, LATERAL (SELECT * FROM tokens t WHERE t.id = l.token_id OFFSET 0) t`;

  function rangesOf(): readonly Fragment[] {
    if (state === undefined) return [living, ended];
    if (state === 'active' || state === 'disabled') return [living];
    const late = sql`
      SELECT e.token_id FROM token_endings e UNION SELECT t.id FROM ${lapsed(sql, filter, nowMs)}`;
    const unnoted = sql`
      (SELECT l.* FROM token_last_use l WHERE l.token_id IN (${late}) AND ${inScope} AND NOT l.ended OFFSET 0) l WHERE true`;
    return [ended, unnoted];
  }
}

/** What was never used is unused for as long as it has been there, which its id tells. */
export function lastUseRanges(sql: Sql, unusedSinceMs: number | undefined): readonly Fragment[] {
  if (unusedSinceMs === undefined) return [sql``];
  return [
    sql`AND l.at = '-infinity' AND l.token_id < ${firstIdOf('tok', unusedSinceMs + 1)}`,
    sql`AND l.at > '-infinity' AND l.at <= ${new Date(unusedSinceMs)}`,
  ];
}

type NotedState = TokenState | 'lapsed';

/** `lapsed`: expired, and not noted as such yet. */
export function statesOf(state: TokenState | undefined): readonly NotedState[] {
  switch (state) {
    case undefined:
      return ['active', 'disabled', 'expired', 'revoked'];
    case 'expired':
      return ['expired', 'lapsed'];
    case 'active':
    case 'disabled':
    case 'revoked':
      return [state];
    default:
      return unreachable(state);
  }
}

function noted(sql: Sql, state: TokenState, filter: TokenFilter): Fragment {
  return sql`tokens t WHERE ${scope(sql, sql`t`, filter)} AND t.list_state = ${state}`;
}

/** A handful, found along the index of expiry whatever the order of the list is. */
export function lapsed(sql: Sql, filter: TokenFilter, nowMs: number): Fragment {
  const ranges = (['active', 'disabled'] as const).map(
    (state) => sql`(SELECT t.* FROM ${noted(sql, state, filter)} AND t.ends_at <= ${new Date(nowMs)} OFFSET 0)`,
  );
  return sql`(${union(sql, ranges)}) t WHERE true`;
}

/** What more of the filter is a range of the very index that is walked along. */
function within(
  sql: Sql,
  { state: wanted, expiresBeforeMs, unusedSinceMs }: TokenFilter,
  { by, state, nowMs }: { by: TokenSort['by']; state: NotedState; nowMs: number },
): Fragment {
  if (by === 'created_at' && unusedSinceMs !== undefined) return sql`AND t.id < ${firstIdOf('tok', unusedSinceMs + 1)}`;
  if (by !== 'expires_at') return sql``;
  const isUnexpired = wanted === state && (state === 'active' || state === 'disabled');
  return sql`
    ${isUnexpired ? sql`AND t.ends_at > ${new Date(nowMs)}` : sql``}
    ${expiresBeforeMs === undefined ? sql`` : sql`AND t.ends_at < ${new Date(expiresBeforeMs)}`}`;
}

/** The columns that the indexes begin with: of a user alone, of an organisation, or of none. */
export function scope(
  sql: Sql,
  table: Fragment,
  { organizationId, userId }: Pick<TokenFilter, 'organizationId' | 'userId'>,
): Fragment {
  if (userId !== undefined) return sql`${table}.user_id = ${userId}`;
  return organizationId === undefined ? sql`true` : sql`${table}.organization_id = ${organizationId}`;
}

export function union(sql: Sql, [first = sql``, ...others]: readonly Fragment[]): Fragment {
  return others.reduce((all, other) => sql`${all} UNION ALL ${other}`, first);
}
