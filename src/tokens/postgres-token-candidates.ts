import type { TokenFilter, TokenSort } from '../admin-api/ports/tokens.ts';
import type { Fragment, Sql } from '../db/client.ts';
import { matching } from './postgres-token-filter.ts';
import type { Order } from './postgres-token-order.ts';
import { withTerms } from './postgres-token-terms.ts';
import { lapsed, lastUseRanges, scope, statesOf, union } from './postgres-token-walk.ts';

interface Candidacy {
  readonly filter: TokenFilter;
  readonly by: TokenSort['by'];
  readonly order: Order;
  readonly nowMs: number;
  /** Of what is searched for, those that the index of terms is to look up. */
  readonly terms: readonly string[];
}

/**
 * The tokens of a filter with the column `key`, in no order, found by the index of what is rarest in the filter. They
 * are read one after the other: whoever has enough of them stops.
 */
export function candidates(sql: Sql, { filter, by, order, nowMs, terms }: Candidacy): Fragment {
  const { unusedSinceMs, ...others } = filter;
  if (filter.search === undefined && unusedSinceMs !== undefined) {
    const ranges = lastUseRanges(sql, unusedSinceMs).map(
      (range) => sql`
        SELECT l.token_id, l.at FROM token_last_use l
        WHERE ${scope(sql, sql`l`, filter)} ${endedOf(sql, filter)} ${range} OFFSET 0`,
    );
    return sql`
      SELECT t.id, ${order.key} AS key FROM (${union(
        sql,
        ranges.map((range) => sql`(${range})`),
      )}) l,
        LATERAL (SELECT * FROM tokens t WHERE t.id = l.token_id OFFSET 0) t
      WHERE t.created_at <= ${new Date(unusedSinceMs)} ${matching(sql, others, nowMs)} ${order.after}`;
  }
  const lastUse = sql`, LATERAL (SELECT l.token_id, l.at FROM token_last_use l WHERE l.token_id = t.id OFFSET 0) l`;
  return sql`
    SELECT t.id, ${order.key} AS key
    FROM (${found(sql, filter, { nowMs, terms })} OFFSET 0) t ${by === 'last_used_at' ? lastUse : sql``}
    WHERE true ${matching(sql, filter, nowMs)} ${order.after}`;
}

function found(sql: Sql, filter: TokenFilter, { nowMs, terms }: Pick<Candidacy, 'nowMs' | 'terms'>): Fragment {
  const { search, review, organizationId, userId, state, expiresBeforeMs } = filter;
  if (search !== undefined)
    return sql`SELECT t.* FROM tokens t WHERE t.list_state IS NOT NULL ${withTerms(sql, terms)}`;
  if (review === true) {
    const onReview = {
      review,
      ...(organizationId !== undefined && { organizationId }),
      ...(userId !== undefined && { userId }),
    };
    return sql`SELECT t.* FROM tokens t WHERE true ${matching(sql, onReview, nowMs)}`;
  }
  const before = expiresBeforeMs === undefined ? sql`` : sql`AND t.ends_at < ${new Date(expiresBeforeMs)}`;
  const ranges = statesOf(state).map((noted) =>
    noted === 'lapsed'
      ? sql`SELECT t.* FROM ${lapsed(sql, filter, nowMs)}`
      : sql`(SELECT t.* FROM tokens t WHERE ${scope(sql, sql`t`, filter)} AND t.list_state = ${noted} ${before} OFFSET 0)`,
  );
  return sql`SELECT t.* FROM (${union(sql, ranges)}) t`;
}

function endedOf(sql: Sql, { state }: TokenFilter): Fragment {
  return state === 'active' || state === 'disabled' ? sql`AND NOT l.ended` : sql``;
}
