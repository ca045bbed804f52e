import type { TokenRecord } from '../core/token-record.ts';
import { tokenKinds, type TokenHash } from '../core/token.ts';
import type { Database, Queryable } from '../db/client.ts';
import { instant, instantOrNull, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';
import { readAssumption } from './postgres-assumptions.ts';

/** Reads from the database what is known about a token: in one statement, but for a session. */
export class PostgresTokenLookup {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @returns undefined when no token has a secret of this hash @throws StoreUnavailable */
  read(hash: TokenHash): Promise<TokenRecord | undefined> {
    return this.#database.query((sql) => readTokenRecord(sql, hash));
  }
}

/** What is known about a token by a secret of it; undefined when no token has one of this hash. */
export async function readTokenRecord(sql: Queryable, hash: TokenHash): Promise<TokenRecord | undefined> {
  const [row] = await sql`
    SELECT
      t.id, t.kind, t.scopes, t.allowed_ips, t.expires_at, t.disabled_at, t.revoked_at, s.valid_from, s.valid_until,
      u.id AS user_id, u.username, u.kind AS user_kind, u.status AS user_status,
      CASE WHEN u.email_verified THEN u.email END AS email,
      o.id AS organization_id, o.slug, o.status AS organization_status,
      ARRAY (
        SELECT a.project || '/' || role FROM authorizations a, unnest(a.roles) AS role
        WHERE a.user_id = u.id ORDER BY 1
      ) AS roles
    FROM token_secrets s
    JOIN tokens t ON t.id = s.token_id
    JOIN users u ON u.id = t.user_id
    JOIN organizations o ON o.id = u.organization_id
    WHERE s.hash = ${hash}`;
  if (row === undefined) return undefined;
  const record = tokenRecord(row);
  return record.kind === 'ses' ? { ...record, assumption: await readAssumption(sql, record.id) } : record;
}

function tokenRecord(row: Row): TokenRecord {
  const email = textOrNull(row, 'email');
  return {
    id: text(row, 'id'),
    kind: oneOf(row, 'kind', tokenKinds),
    scopes: texts(row, 'scopes'),
    allowedIps: texts(row, 'allowed_ips'),
    expiresAt: instantOrNull(row, 'expires_at'),
    disabled: row['disabled_at'] !== null,
    revoked: row['revoked_at'] !== null,
    issuedAt: instant(row, 'valid_from'),
    secretExpiresAt: instantOrNull(row, 'valid_until'),
    owner: {
      id: text(row, 'user_id'),
      username: text(row, 'username'),
      ...(email !== null && { email }),
      kind: oneOf(row, 'user_kind', ['human', 'service']),
      status: oneOf(row, 'user_status', ['active', 'disabled']),
      organization: {
        id: text(row, 'organization_id'),
        slug: text(row, 'slug'),
        status: oneOf(row, 'organization_status', ['active', 'suspended']),
      },
      roles: texts(row, 'roles'),
    },
  };
}
