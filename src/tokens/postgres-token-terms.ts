import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import type { Fragment, Queryable, Sql } from '../db/client.ts';
import { texts } from '../lib/row.ts';
import { inLowerCase } from './postgres-token-filter.ts';

/** Terms that so few of all tokens have are quickly looked up, however rare another one is. */
const rare = 0.02;
/** The list of a term that is so much more common than the rarest costs more to read than it leaves out. */
const tooCommon = 10;

/**
 * What to look for in the index of terms: any letters of up to three in a row, beside what else narrows a search there.
 * Every token that is searched for has them all; what else has them is for the caller to leave out.
 */
export async function rareTermsOf(sql: Sql, { organizationId, userId, state, search = '' }: TokenFilter) {
  const context = userId ?? organizationId;
  return rareOf(sql, [
    ...runsOf(inLowerCase(search)),
    ...(context === undefined ? [] : [context]),
    // What has expired may be noted as active still.
    ...(state === undefined || state === 'expired' ? [] : [`=${state}`]),
  ]);
}

/** The condition, beginning with AND, that a token `t` has all of the terms. */
export function withTerms(sql: Queryable, terms: readonly string[]): Fragment {
  return sql`
    AND token_terms(t.searched, t.organization_id, t.user_id, t.list_state) @> term_hashes(${[...terms]}::text[])`;
}

/**
 * The index reads through the list of every term that it is asked for: of a million tokens that are all called
 * `robot-...`, most of the work is for letters that say nothing. How common a term is, the statistics of the index tell
 * (ANALYZE); all terms, where there are none.
 */
async function rareOf(sql: Sql, terms: readonly string[]): Promise<readonly string[]> {
  const [row] = await sql`
    WITH statistics AS MATERIALIZED (
      SELECT most_common_elems::text::integer[] AS hashes, most_common_elem_freqs AS frequencies FROM pg_stats
      WHERE schemaname = current_schema() AND tablename = 'tokens_by_terms' AND most_common_elems IS NOT NULL LIMIT 1),
    known AS (
      SELECT c.hash, c.frequency FROM statistics s, unnest(s.hashes, s.frequencies) c (hash, frequency)
      WHERE c.hash IS NOT NULL),
    wanted AS (
      SELECT term, coalesce(known.frequency, (SELECT min(frequency) FROM known), 0) AS frequency
      FROM unnest(${[...terms]}::text[]) term LEFT JOIN known ON known.hash = (term_hashes(ARRAY[term]))[1])
    SELECT array_agg(term) AS terms FROM wanted
    WHERE frequency <= greatest(${rare}, ${tooCommon} * (SELECT min(frequency) FROM wanted))`;
  return texts(row ?? {}, 'terms');
}

/** Every three letters in a row, as the index has them; all of them, where there are fewer. */
function runsOf(text: string): string[] {
  const letters = [...text];
  if (letters.length <= 3) return [text];
  return [...new Set(letters.slice(2).map((_, at) => letters.slice(at, at + 3).join('')))];
}
