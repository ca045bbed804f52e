import postgres from 'postgres';

/** How many service users share the tokens. */
export const usersOf = (tokens: number): number => Math.max(1, Math.ceil(tokens / 1000));

/** An id as the program makes them: the milliseconds in 10 characters, then 16 others. */
const idOfInstant = `
  CREATE FUNCTION id_of_instant(made timestamptz, n integer) RETURNS text LANGUAGE sql AS $$
    SELECT 'tok_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
      ((floor(extract(epoch FROM made) * 1000)::bigint >> (5 * place)) & 31)::integer + 1, 1), '' ORDER BY place DESC)
      || lpad(n::text, 16, '0')
    FROM generate_series(0, 9) place
  $$`;

/**
 * One organisation's tokens of two years, each for 90 days: most have expired, some were revoked, few are disabled. Half
 * of them have been used at some time.
 */
export async function fillTokenLists(url: string, tokens: number): Promise<void> {
  const users = usersOf(tokens);
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    // Without the checks of foreign keys, without triggers, and without waiting for the disk: it is the table that is wanted.
    await sql`SET session_replication_role = replica`;
    await sql`SET synchronous_commit = off`;
    await sql`SET maintenance_work_mem = '256MB'`;
    const indexes = await sql`
      SELECT indexname, indexdef FROM pg_indexes
      WHERE tablename IN ('tokens', 'token_last_use', 'token_secrets') AND indexname NOT LIKE '%\\_pkey'`;
    for (const { indexname } of indexes) await sql`DROP INDEX ${sql(String(indexname))}`;
    await sql`
      INSERT INTO organizations (id, slug, name, created_at, changed_at) VALUES ('org_1', 'bench', 'Bench', now(), now())`;
    await sql`
      INSERT INTO users (id, organization_id, kind, username, name, created_at, changed_at)
      SELECT 'usr_' || n, 'org_1', 'service', 'robot-' || n, 'User', now(), now() FROM generate_series(1, ${users}) n`;
    await sql.unsafe(idOfInstant);
    await sql`UPDATE users SET review_since = now(), review_reason = 'owner_deleted' WHERE id IN ('usr_1', 'usr_2')`;
    await sql`
      INSERT INTO tokens (
        id, kind, organization_id, user_id, name, searched, list_state, holds_name, scopes, created_at, created_by, changed_at,
        changed_by, expires_at, disabled_at, revoked_at)
      SELECT id_of_instant(made, n), 'pat', 'org_1', 'usr_' || user_number, given.name,
        given.name || E'\n' || 'robot-' || user_number,
        CASE WHEN n % 33 = 5 THEN 'revoked' WHEN n % 20 <> 7 AND made + interval '90 days' < now() THEN 'expired'
          WHEN n % 500 = 3 THEN 'disabled' ELSE 'active' END, false, '{device:read}', made, 'usr_1', made, 'usr_1',
        CASE WHEN n % 20 = 7 THEN NULL ELSE made + interval '90 days' END,
        CASE WHEN n % 500 = 3 THEN made END, CASE WHEN n % 33 = 5 THEN made END
      FROM generate_series(1, ${tokens}) n, LATERAL (
        SELECT 1 + (n * 7919::bigint) % ${users} AS user_number,
          now() - (${tokens} - n) * interval '730 days' / ${tokens} AS made,
          (ARRAY['import', 'nightly', 'export', 'deploy', 'report'])[1 + n % 5] || '-' || (100000 + (n * 104729::bigint) % ${tokens}) AS name
      ) given`;
    await sql`
      INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
      SELECT translate(encode(sha256(id::bytea), 'base64'), '+/=', '-_'), id, 'abcd', now() FROM tokens`;
    await sql`
      INSERT INTO token_last_use (token_id, organization_id, user_id, ended, at)
      SELECT id, organization_id, user_id, list_state IN ('expired', 'revoked'),
        CASE WHEN right(id, 1) IN ('1', '3', '5', '7', '9')
          THEN least(now(), created_at + random() * interval '90 days') ELSE '-infinity' END
      FROM tokens`;
    for (const { indexdef } of indexes) await sql.unsafe(String(indexdef));
    for (const table of ['organizations', 'users', 'tokens', 'token_secrets', 'token_last_use']) {
      await sql`VACUUM ANALYZE ${sql(table)}`;
    }
  } finally {
    await sql.end({ timeout: 5 });
  }
}
