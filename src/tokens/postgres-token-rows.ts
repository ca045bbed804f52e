import type { Token } from '../core/directory.ts';
import { tokenState } from '../core/token-record.ts';
import { tokenKinds } from '../core/token.ts';
import type { Fragment, Queryable } from '../db/client.ts';
import { flag, instant, instantOrNull, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';

/** A token as the store keeps it, besides what lists show. */
export interface StoredToken {
  readonly token: Token;
  readonly disabledAt: number | null;
  readonly holdsName: boolean;
}

/** The columns that `storedToken` reads, from `tokens t` joined with its owner `users u`. */
export function tokenColumns(sql: Queryable): Fragment {
  return sql`
    t.id, t.kind, t.organization_id, t.user_id, u.username, t.name, t.holds_name, t.purpose, t.scopes, t.parent_id,
    t.expires_at, t.disabled_at, t.revoked_at, t.created_at, t.created_by, t.changed_at, t.changed_by,
    (SELECT s.last_four FROM token_secrets s WHERE s.token_id = t.id ORDER BY s.valid_from DESC LIMIT 1) AS last_four`;
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
    state: tokenState(life, nowMs),
    lastFour: text(row, 'last_four'),
    createdAt: instant(row, 'created_at'),
    createdBy: text(row, 'created_by'),
    changedAt: instant(row, 'changed_at'),
    changedBy: text(row, 'changed_by'),
    expiresAt,
    parentId: textOrNull(row, 'parent_id'),
  };
  return { token, disabledAt, holdsName: flag(row, 'holds_name') };
}
