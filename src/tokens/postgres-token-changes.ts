import type { Conflict } from '../admin-api/ports/changes.ts';
import type { TokenAction } from '../admin-api/ports/tokens.ts';
import type { Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import type { Fragment, MarkChanged, Transaction } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { text } from '../lib/row.ts';
import { holderOf } from './postgres-token-creation.ts';
import { storedToken, tokenColumns, tokenTables, type StoredToken } from './postgres-token-rows.ts';
import { tokenChanged } from './token-audit.ts';

export interface TokenEdit {
  readonly scopes?: readonly string[];
  readonly purpose?: string | null;
}

interface Change {
  readonly changedBy: string;
  readonly nowMs: number;
  readonly changed: MarkChanged;
}

interface Audited extends Change {
  readonly audit: Audit;
}

/**
 * Changes the scopes or the purpose of a locked token; what derives from it loses the scopes that it loses. What a
 * session may do was never its parent's to give; whether it may go on is judged by its parent.
 */
export async function applyEdit(
  sql: Transaction,
  { token }: StoredToken,
  { edit, audit, ...change }: Audited & { readonly edit: TokenEdit },
): Promise<Token> {
  const { scopes, purpose } = edit;
  const family = await familyOf(sql, token.id);
  if (scopes !== undefined) {
    const narrowed = sql`
      ARRAY (SELECT scope FROM unnest(scopes) WITH ORDINALITY AS given (scope, place)
             WHERE scope = ANY (${[...scopes]}::text[]) OR kind = 'ses' ORDER BY place)`;
    await update(sql, { ...change, ids: family.slice(1), set: sql`scopes = ${narrowed}` });
  }
  const own = sql`
    scopes = ${[...(scopes ?? token.scopes)]}::text[], purpose = ${purpose === undefined ? token.purpose : purpose}`;
  await update(sql, { ...change, ids: [token.id], set: own });
  const after = await reread(sql, token.id, change.nowMs);
  audit(tokenChanged('token.edit', { before: token, after, derived: scopes === undefined ? [] : family.slice(1) }));
  return after;
}

/** Does to a locked token, and to all that derives from it, what an action says. The action must be a change. */
export async function applyAction(
  sql: Transaction,
  { token, disabledAt, holdsName }: StoredToken,
  { action, audit, ...change }: Audited & { readonly action: TokenAction },
): Promise<{ kind: 'changed'; token: Token } | Conflict> {
  const now = new Date(change.nowMs);
  const ids = await familyOf(sql, token.id);
  switch (action) {
    case 'expire':
      await update(sql, { ...change, ids, set: sql`expires_at = least(expires_at, ${now})` });
      break;
    case 'disable':
      await update(sql, { ...change, ids, set: sql`disabled_at = coalesce(disabled_at, ${now})` });
      await signOut(sql, token);
      break;
    case 'enable': {
      if (!holdsName) return { kind: 'conflict', existingId: await holderOf(sql, token.userId, token.name) };
      // Those that were disabled with it; others were disabled for a reason of their own.
      const together = disabledAt === null ? null : new Date(disabledAt);
      await update(sql, { ...change, ids, set: sql`disabled_at = nullif(disabled_at, ${together})` });
      break;
    }
    case 'revoke':
    case 'delete':
      await update(sql, { ...change, ids, set: sql`revoked_at = coalesce(revoked_at, ${now}), holds_name = false` });
      if (action === 'delete') await update(sql, { ...change, ids: [token.id], set: sql`deleted_at = ${now}` });
      break;
    default:
      return unreachable(action);
  }
  const after = await reread(sql, token.id, change.nowMs);
  audit(tokenChanged(`token.${action}`, { before: token, after, derived: ids.slice(1) }));
  return { kind: 'changed', token: after };
}

/** Ends the sessions of the console that began with a token, which its being enabled again must not bring back. */
async function signOut(sql: Transaction, { id, userId }: Token): Promise<void> {
  await sql`
    DELETE FROM console_sessions
    WHERE user_id = ${userId} AND secret_hash IN (SELECT hash FROM token_secrets WHERE token_id = ${id})`;
}

/** Tokens and all that derives from them and goes on, themselves first: what is revoked, ended sessions too, stays so. */
export async function familyOf(sql: Transaction, ...ids: readonly string[]): Promise<readonly string[]> {
  const rows = await sql`
    WITH RECURSIVE family (id, depth) AS (
      SELECT id COLLATE "C", 0 FROM unnest(${[...ids]}::text[]) AS given (id)
      UNION ALL
      SELECT t.id, family.depth + 1 FROM tokens t JOIN family ON t.parent_id = family.id
      WHERE t.revoked_at IS NULL
    )
    SELECT id FROM family GROUP BY id ORDER BY min(depth), id`;
  return rows.map((row) => text(row, 'id'));
}

/** Changes rows of tokens, counts their version on and marks them as changed. */
export async function update(
  sql: Transaction,
  { ids, set, changedBy, nowMs, changed }: Change & { ids: readonly string[]; set: Fragment },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    UPDATE tokens SET ${set}, changed_at = ${new Date(nowMs)}, changed_by = ${changedBy}, version = version + 1
    WHERE id = ANY (${[...ids]}::text[])`;
  for (const id of ids) changed('token', id);
}

/** The token as it is by now. */
export async function reread(sql: Transaction, id: string, nowMs: number): Promise<Token> {
  const [row] = await sql`
    SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)} WHERE t.id = ${id}`;
  return storedToken(row ?? {}, nowMs).token;
}
