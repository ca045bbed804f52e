import postgres from 'postgres';

/** How many service users share the tokens. */
export const usersOf = (tokens: number): number => Math.max(1, Math.ceil(tokens / 1000));

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
    await sql`
      INSERT INTO tokens (
        id, kind, organization_id, user_id, name, searched, holds_name, scopes, created_at, created_by, changed_at,
        changed_by, expires_at, disabled_at, revoked_at)
      SELECT 'tok_' || lpad(n::text, 26, '0'), 'pat', 'org_1', 'usr_' || user_number, given.name,
        given.name || E'\n' || 'robot-' || user_number, false, '{device:read}', made, 'usr_1', made, 'usr_1',
        CASE WHEN n % 20 = 7 THEN NULL ELSE made + interval '90 days' END,
        CASE WHEN n % 500 = 3 THEN made END, CASE WHEN n % 33 = 5 THEN made END
      FROM generate_series(1, ${tokens}) n, LATERAL (
        SELECT 1 + (n * 7919::bigint) % ${users} AS user_number,
          now() - (${tokens} - n) * interval '730 days' / ${tokens} AS made,
          (ARRAY['import', 'nightly', 'export', 'deploy', 'report'])[1 + n % 5] || '-' || (100000 + (n * 104729::bigint) % ${tokens}) AS name
      ) given`;
    await sql`
      INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
      SELECT translate(encode(sha256(n::text::bytea), 'base64'), '+/=', '-_'), 'tok_' || lpad(n::text, 26, '0'), 'abcd', now()
      FROM generate_series(1, ${tokens}) n`;
    await sql`
      INSERT INTO token_last_use (token_id, organization_id, user_id, at)
      SELECT id, organization_id, user_id,
        CASE WHEN id > 'tok_' AND right(id, 1) IN ('1', '3', '5', '7', '9')
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
