import type { Conflict, Created } from '../admin-api/ports/changes.ts';
import type { NewToken } from '../admin-api/ports/tokens.ts';
import type { Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import { blockBeyond } from '../core/address-blocks.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { Transaction } from '../db/client.ts';
import { newId } from '../lib/ids.ts';
import { instantOrNull, text, texts } from '../lib/row.ts';
import { storedToken, tokenColumns, tokenTables } from './postgres-token-rows.ts';
import { tokenCreated } from './token-audit.ts';

/** What a new token takes over from its parent, as far as it has one. */
interface Inheritance {
  readonly scopes: readonly string[];
  readonly allowedIps: readonly string[];
  readonly expiresAt: number | null;
  readonly disabledAt: Date | null;
  readonly revokedAt: Date | null;
}

/**
 * Writes a token and its secret. A name belongs to one token of its owner that is active or disabled; one that has
 * expired by `nowMs` gives its name up to the new one.
 */
export async function insertToken(
  sql: Transaction,
  input: NewToken,
  { nowMs, audit }: { readonly nowMs: number; readonly audit: Audit },
): Promise<Created<Token> | Conflict> {
  const { userId, name } = input;
  const now = new Date(nowMs);
  const inherited = await inherit(sql, input);
  await sql`
    UPDATE tokens SET holds_name = false
    WHERE user_id = ${userId} AND name = ${name} AND holds_name AND expires_at <= ${now}`;
  const id = newId('tok', nowMs);
  const inserted = await sql`
    INSERT INTO tokens (
      id, kind, organization_id, user_id, parent_id, name, holds_name, purpose, scopes, allowed_ips,
      expires_at, disabled_at, revoked_at, created_at, created_by, changed_at, changed_by)
    SELECT
      ${id}, 'pat', organization_id, id, ${input.parentId ?? null}, ${name}, ${inherited.revokedAt === null},
      ${input.purpose ?? null}, ${[...inherited.scopes]}::text[], ${[...inherited.allowedIps]}::text[],
      ${asDate(inherited.expiresAt)}, ${inherited.disabledAt}, ${inherited.revokedAt},
      ${now}, ${input.createdBy}, ${now}, ${input.createdBy}
    FROM users WHERE id = ${userId} AND deleted_at IS NULL
    ON CONFLICT (user_id, name) WHERE holds_name DO NOTHING`;
  if (inserted.count === 0) return { kind: 'conflict', existingId: await holderOf(sql, userId, name) };
  await sql`
    INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
    VALUES (${input.hash}, ${id}, ${input.lastFour}, ${now})`;
  const [row] = await sql`
    SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)} WHERE t.id = ${id}`;
  const item = storedToken(row ?? {}, nowMs).token;
  audit(tokenCreated(item));
  return { kind: 'created', item };
}

/** The token that has the name. */
export async function holderOf(sql: Transaction, userId: string, name: string): Promise<string> {
  const [holder] = await sql`SELECT id FROM tokens WHERE user_id = ${userId} AND name = ${name} AND holds_name`;
  if (holder === undefined) throw new StoreUnavailable('the token that had the name is just giving it up');
  return text(holder, 'id');
}

/**
 * What derives from another token never has more or lives longer. The lock keeps the parent as it is until the new
 * token is there to be changed with it.
 */
async function inherit(sql: Transaction, input: NewToken): Promise<Inheritance> {
  const { parentId, scopes, allowedIps = [], expiresAt } = input;
  if (parentId === undefined) return { scopes, allowedIps, expiresAt, disabledAt: null, revokedAt: null };
  const [parent] = await sql`
    SELECT scopes, allowed_ips, expires_at, disabled_at, revoked_at FROM tokens WHERE id = ${parentId} FOR SHARE`;
  if (parent === undefined) throw new Error(`there is no token ${parentId} to derive from`);
  const given = texts(parent, 'scopes');
  const within = texts(parent, 'allowed_ips');
  return {
    scopes: scopes.filter((scope) => given.includes(scope)),
    allowedIps: blockBeyond(allowedIps, within) === undefined ? allowedIps : within,
    expiresAt: earlier(expiresAt, instantOrNull(parent, 'expires_at')),
    disabledAt: asDate(instantOrNull(parent, 'disabled_at')),
    revokedAt: asDate(instantOrNull(parent, 'revoked_at')),
  };
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

function asDate(instantMs: number | null): Date | null {
  return instantMs === null ? null : new Date(instantMs);
}
