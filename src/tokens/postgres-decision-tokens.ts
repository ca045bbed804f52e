import type { DecisionToken } from '../core/past-decision.ts';
import type { Database } from '../db/client.ts';
import { instant, oneOf, text, texts, type Row } from '../lib/row.ts';

/** Reads tokens and their owners by id, deleted ones too. @throws StoreUnavailable */
export function readDecisionTokens(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DecisionToken>> {
  return database.query(async (sql) => {
    const rows = await sql`
      SELECT
        t.id, t.name, t.scopes, u.id AS user_id, u.username, u.kind AS user_kind,
        o.id AS organization_id, o.slug, coalesce(s.newest, t.created_at) AS issued_at,
        ARRAY (
          SELECT a.project || '/' || role FROM authorizations a, unnest(a.roles) AS role
          WHERE a.user_id = u.id ORDER BY 1
        ) AS roles
      FROM tokens t
      JOIN users u ON u.id = t.user_id
      JOIN organizations o ON o.id = u.organization_id
      LEFT JOIN LATERAL (SELECT max(valid_from) AS newest FROM token_secrets WHERE token_id = t.id) s ON true
      WHERE t.id = ANY (${[...ids]}::text[])`;
    return new Map(rows.map((row) => [text(row, 'id'), decisionToken(row)]));
  });
}

/** Its owner counts as active: replays are about rules, not about who has left since. */
function decisionToken(row: Row): DecisionToken {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    scopes: texts(row, 'scopes'),
    issuedAt: instant(row, 'issued_at'),
    owner: {
      id: text(row, 'user_id'),
      username: text(row, 'username'),
      kind: oneOf(row, 'user_kind', ['human', 'service']),
      status: 'active',
      organization: { id: text(row, 'organization_id'), slug: text(row, 'slug'), status: 'active' },
      roles: texts(row, 'roles'),
    },
  };
}
