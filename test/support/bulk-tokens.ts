import postgres from 'postgres';
import { hashToken, mintToken, type RawToken, type TokenHash } from '../../src/core/token.ts';
import { newId } from '../../src/lib/ids.ts';

export interface BulkToken {
  readonly id: string;
  readonly secret: RawToken;
  readonly hash: TokenHash;
}

/** Writes active tokens of one user straight into the database, where thousands by the admin API would take too long. */
export async function insertTokens(
  databaseUrl: string,
  owner: { readonly userId: string; readonly scopes: readonly string[] },
  number: number,
): Promise<BulkToken[]> {
  const now = Date.now();
  const tokens = Array.from({ length: number }, (): BulkToken => {
    const secret = mintToken('wl', 'pat');
    return { id: newId('tok', now), secret, hash: hashToken(secret) };
  });
  const rows = JSON.stringify(tokens.map(({ id, hash, secret }) => ({ id, hash, last_four: secret.slice(-4) })));
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql`
      WITH given AS (
        SELECT * FROM json_to_recordset(${rows}::text::json) AS g (id text, hash text, last_four text)
      ), made AS (
        INSERT INTO tokens (
          id, kind, organization_id, user_id, name, holds_name, scopes,
          created_at, created_by, changed_at, changed_by)
        SELECT g.id, 'pat', u.organization_id, u.id, 'bulk ' || g.id, true, ${[...owner.scopes]},
          now(), u.id, now(), u.id
        FROM given g, users u WHERE u.id = ${owner.userId}
        RETURNING id
      )
      INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
      SELECT g.hash, made.id, g.last_four, now() FROM made JOIN given g USING (id)`;
  } finally {
    await sql.end({ timeout: 5 });
  }
  return tokens;
}
