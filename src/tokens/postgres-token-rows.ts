import type { Token, TokenLastUse, TokenRotation } from '../core/directory.ts';
import { tokenState } from '../core/token-record.ts';
import { tokenKinds } from '../core/token.ts';
import type { Fragment, Queryable } from '../db/client.ts';
import { flag, instant, instantOrNull, integer, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';

/** A token as the store keeps it, besides what lists show. */
export interface StoredToken {
  readonly token: Token;
  readonly disabledAt: number | null;
  readonly holdsName: boolean;
}

/** What `tokenColumns` are read from. */
export function tokenTables(sql: Queryable): Fragment {
  return sql`
    tokens t
    JOIN users u ON u.id = t.user_id
    LEFT JOIN token_last_use l ON l.token_id = t.id AND isfinite(l.at)
    LEFT JOIN LATERAL (
      SELECT s.last_four, s.valid_from FROM token_secrets s WHERE s.token_id = t.id AND s.valid_until IS NULL LIMIT 1
    ) own ON true
    LEFT JOIN LATERAL (
      SELECT s.last_four, s.valid_until, s.old_calls, s.old_last_used_at FROM token_secrets s
      WHERE s.token_id = t.id AND s.valid_until IS NOT NULL ORDER BY s.valid_from DESC, s.valid_until DESC LIMIT 1
    ) old ON true`;
}

/** The columns that `storedToken` reads, from `tokenTables`. */
export function tokenColumns(sql: Queryable): Fragment {
  return sql`
    t.id, t.kind, t.organization_id, t.user_id, u.username, t.name, t.holds_name, t.purpose, t.scopes, t.allowed_ips,
    t.parent_id, t.expires_at, t.disabled_at, t.revoked_at, t.created_at, t.created_by, t.changed_at, t.changed_by,
    t.version::float8 AS version, own.last_four, own.valid_from AS issued_at,
    old.last_four AS old_last_four, old.valid_until AS old_until, old.old_calls::float8 AS old_calls, old.old_last_used_at,
    l.at AS last_used_at, l.address AS last_used_address, l.route AS last_used_route`;
}

/** Reads a row of `tokenColumns`; the state is that of the instant `nowMs`. */
export function storedToken(row: Row, nowMs: number): StoredToken {
  const disabledAt = instantOrNull(row, 'disabled_at');
  const expiresAt = instantOrNull(row, 'expires_at');
  const life = { revoked: row['revoked_at'] !== null, disabled: disabledAt !== null, expiresAt };
  const token: Token = {
    id: text(row, 'id'),
    kind: oneOf(row, 'kind', tokenKinds),
    organizationId: text(row, 'organization_id'),
    userId: text(row, 'user_id'),
    username: text(row, 'username'),
    name: text(row, 'name'),
    purpose: textOrNull(row, 'purpose'),
    scopes: texts(row, 'scopes'),
    allowedIps: texts(row, 'allowed_ips'),
    state: tokenState(life, nowMs),
    lastFour: text(row, 'last_four'),
    createdAt: instant(row, 'created_at'),
    createdBy: text(row, 'created_by'),
    changedAt: instant(row, 'changed_at'),
    changedBy: text(row, 'changed_by'),
    expiresAt,
    issuedAt: instant(row, 'issued_at'),
    rotation: rotation(row),
    version: integer(row, 'version'),
    parentId: textOrNull(row, 'parent_id'),
    lastUse: lastUse(row),
  };
  return { token, disabledAt, holdsName: flag(row, 'holds_name') };
}

function lastUse(row: Row): TokenLastUse | null {
  const at = instantOrNull(row, 'last_used_at');
  if (at === null) return null;
  return { at, address: text(row, 'last_used_address'), route: text(row, 'last_used_route') };
}

function rotation(row: Row): TokenRotation | null {
  const until = instantOrNull(row, 'old_until');
  if (until === null) return null;
  return {
    oldLastFour: text(row, 'old_last_four'),
    until,
    oldCalls: integer(row, 'old_calls'),
    oldLastUsedAt: instantOrNull(row, 'old_last_used_at'),
  };
}
