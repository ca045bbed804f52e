import type { DecisionAssumption, DecisionToken } from '../core/past-decision.ts';
import type { UserRecord } from '../core/token-record.ts';
import type { Database, Transaction } from '../db/client.ts';
import { flag, instant, oneOf, text, texts, textOrNull, type Row } from '../lib/row.ts';

/** Reads tokens and their owners by id, deleted ones too, and sessions of assumed users. @throws StoreUnavailable */
export function readDecisionTokens(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DecisionToken>> {
  return database.transaction(async (sql) => {
    const rows = await sql`
      SELECT
        t.id, t.name, t.scopes, t.user_id, coalesce(s.newest, t.created_at) AS issued_at,
        a.actor_id, g.issuer_id, g.read_only
      FROM tokens t
      LEFT JOIN assume_sessions a ON a.id = t.id
      LEFT JOIN assume_tokens g ON g.id = a.assume_token_id
      LEFT JOIN LATERAL (SELECT max(valid_from) AS newest FROM token_secrets WHERE token_id = t.id) s ON true
      WHERE t.id = ANY (${[...ids]}::text[])`;
    const concerned = rows.flatMap((row) => [
      text(row, 'user_id'),
      textOrNull(row, 'actor_id') ?? '',
      textOrNull(row, 'issuer_id') ?? '',
    ]);
    const users = await readUsers(sql, [...new Set(concerned)]);
    return new Map(rows.map((row) => [text(row, 'id'), decisionToken(row, users)]));
  });
}

/** Everybody counts as active: replays are about rules, not about who has left since. */
async function readUsers(sql: Transaction, ids: readonly string[]): Promise<ReadonlyMap<string, UserRecord>> {
  const rows = await sql`
    SELECT
      u.id, u.username, u.kind, o.id AS organization_id, o.slug,
      ARRAY (
        SELECT a.project || '/' || role FROM authorizations a, unnest(a.roles) AS role
        WHERE a.user_id = u.id ORDER BY 1
      ) AS roles
    FROM users u JOIN organizations o ON o.id = u.organization_id
    WHERE u.id = ANY (${[...ids]}::text[])`;
  return new Map(
    rows.map((row) => [
      text(row, 'id'),
      {
        id: text(row, 'id'),
        username: text(row, 'username'),
        kind: oneOf(row, 'kind', ['human', 'service']),
        status: 'active',
        organization: { id: text(row, 'organization_id'), slug: text(row, 'slug'), status: 'active' },
        roles: texts(row, 'roles'),
      },
    ]),
  );
}

function decisionToken(row: Row, users: ReadonlyMap<string, UserRecord>): DecisionToken {
  const assumption = assumptionOf(row, users);
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    scopes: texts(row, 'scopes'),
    issuedAt: instant(row, 'issued_at'),
    owner: userOf(row, 'user_id', users),
    ...(assumption !== undefined && { assumption }),
  };
}

function assumptionOf(row: Row, users: ReadonlyMap<string, UserRecord>): DecisionAssumption | undefined {
  if (textOrNull(row, 'actor_id') === null) return undefined;
  return {
    actor: userOf(row, 'actor_id', users),
    issuer: userOf(row, 'issuer_id', users),
    readOnly: flag(row, 'read_only'),
  };
}

function userOf(row: Row, column: string, users: ReadonlyMap<string, UserRecord>): UserRecord {
  const user = users.get(text(row, column));
  if (user === undefined) throw new Error(`${column} of a token names no user, against a foreign key`);
  return user;
}
