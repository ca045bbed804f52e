import { sessionEnds } from '../core/session-end.ts';
import type { Assumption, TokenRecord, UserRecord } from '../core/token-record.ts';
import { tokenKinds } from '../core/token.ts';
import type { Queryable } from '../db/client.ts';
import { flag, instant, instantOrNull, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';

/** Reads what a session rests on: the assume-user token, its issuer, the token that redeemed it and the actor. */
export async function readAssumption(sql: Queryable, sessionId: string): Promise<Assumption> {
  const [row] = await sql`
    SELECT
      s.idle_until, s.end_reason, s.actor_id,
      g.id AS grant_id, g.issuer_id,
      -- What was expired by hand is so whatever the time: the clocks of two nodes differ.
      CASE WHEN g.expired_by IS NULL THEN g.expires_at ELSE 'epoch' END AS grant_expires_at, g.deleted_at AS grant_deleted_at, g.read_only,
      coalesce(g.allowed_actors, ARRAY [coalesce(g.first_actor_organization_id, '')]) AS allowed_actors,
      t.id, t.kind, t.scopes, t.allowed_ips, t.expires_at, t.disabled_at, t.revoked_at, secret.valid_from
    FROM assume_sessions s
    JOIN assume_tokens g ON g.id = s.assume_token_id
    JOIN tokens t ON t.id = s.actor_token_id
    JOIN token_secrets secret ON secret.token_id = t.id AND secret.valid_until IS NULL
    WHERE s.id = ${sessionId}`;
  if (row === undefined) throw new Error(`the session ${sessionId} rests on nothing`);
  const users = await readUsers(sql, [text(row, 'issuer_id'), text(row, 'actor_id')]);
  return {
    grantId: text(row, 'grant_id'),
    grantDeleted: row['grant_deleted_at'] !== null,
    grantExpiresAt: instantOrNull(row, 'grant_expires_at'),
    readOnly: flag(row, 'read_only'),
    allowedActors: texts(row, 'allowed_actors'),
    issuer: users(text(row, 'issuer_id')),
    redeemer: redeemerOf(row, users(text(row, 'actor_id'))),
    idleUntil: instantOrNull(row, 'idle_until'),
    ended: row['end_reason'] === null ? null : oneOf(row, 'end_reason', sessionEnds),
  };
}

/** With its present secret: a session derives from a token, whichever of its secrets was sent. */
function redeemerOf(row: Row, owner: UserRecord): TokenRecord {
  return {
    id: text(row, 'id'),
    kind: oneOf(row, 'kind', tokenKinds),
    scopes: texts(row, 'scopes'),
    allowedIps: texts(row, 'allowed_ips'),
    expiresAt: instantOrNull(row, 'expires_at'),
    disabled: row['disabled_at'] !== null,
    revoked: row['revoked_at'] !== null,
    issuedAt: instant(row, 'valid_from'),
    secretExpiresAt: null,
    owner,
  };
}

/** Reads users with their organisations and roles. @returns what gives one of them by id */
async function readUsers(sql: Queryable, ids: readonly string[]): Promise<(id: string) => UserRecord> {
  const rows = await sql`
    SELECT
      u.id, u.username, u.kind, u.status, CASE WHEN u.email_verified THEN u.email END AS email,
      o.id AS organization_id, o.slug, o.status AS organization_status,
      ARRAY (
        SELECT a.project || '/' || role FROM authorizations a, unnest(a.roles) AS role WHERE a.user_id = u.id ORDER BY 1
      ) AS roles
    FROM users u JOIN organizations o ON o.id = u.organization_id
    WHERE u.id = ANY (${[...ids]}::text[])`;
  const users = new Map(rows.map((row) => [text(row, 'id'), userOf(row)]));
  return (id) => {
    const user = users.get(id);
    if (user === undefined) throw new Error(`there is no user ${id}`);
    return user;
  };
}

function userOf(row: Row): UserRecord {
  const email = textOrNull(row, 'email');
  return {
    id: text(row, 'id'),
    username: text(row, 'username'),
    ...(email !== null && { email }),
    kind: oneOf(row, 'kind', ['human', 'service']),
    status: oneOf(row, 'status', ['active', 'disabled']),
    organization: {
      id: text(row, 'organization_id'),
      slug: text(row, 'slug'),
      status: oneOf(row, 'organization_status', ['active', 'suspended']),
    },
    roles: texts(row, 'roles'),
  };
}
