import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import { auditInstant, type Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import type { MarkChanged, Transaction } from '../db/client.ts';
import { text } from '../lib/row.ts';
import { familyOf, update } from './postgres-token-changes.ts';
import { matching } from './postgres-token-filter.ts';
import { storedToken, tokenColumns, tokenTables } from './postgres-token-rows.ts';

export interface ExpiryLimit {
  readonly most: number;
  /** The token that is left out. */
  readonly except?: string;
  readonly dryRun: boolean;
}

interface Change {
  readonly changedBy: string;
  readonly nowMs: number;
  readonly changed: MarkChanged;
  readonly audit: Audit;
}

/** Ends the active and disabled tokens of a filter, the oldest first, with all that derives from them. */
export async function expireTokens(
  sql: Transaction,
  { filter, most, except = '', dryRun }: ExpiryLimit & { readonly filter: TokenFilter },
  { audit, ...change }: Change,
): Promise<{ tokens: readonly Token[]; more: boolean }> {
  const now = new Date(change.nowMs);
  const chosen = await sql`
    SELECT t.id FROM tokens t
    WHERE t.deleted_at IS NULL AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > ${now})
      AND t.id <> ${except} ${matching(sql, filter, change.nowMs)}
    ORDER BY t.id LIMIT ${most + 1} ${dryRun ? sql`` : sql`FOR UPDATE OF t`}`;
  const ids = chosen.slice(0, most).map((row) => text(row, 'id'));
  const before = await readTokens(sql, ids, change.nowMs);
  const more = chosen.length > most;
  if (dryRun || ids.length === 0) return { tokens: before, more };
  await update(sql, {
    ...change,
    ids: await familyOf(sql, ...ids),
    set: sql`expires_at = least(expires_at, ${now})`,
  });
  for (const token of before) {
    audit({
      organizationId: token.organizationId,
      action: 'token.expire',
      target: { kind: 'token', id: token.id, name: token.name },
      before: { expires_at: auditInstant(token.expiresAt) },
      after: { expires_at: auditInstant(change.nowMs) },
    });
  }
  return { tokens: await readTokens(sql, ids, change.nowMs), more };
}

async function readTokens(sql: Transaction, ids: readonly string[], nowMs: number): Promise<readonly Token[]> {
  const rows = await sql`
    SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)} WHERE t.id = ANY (${[...ids]}::text[]) ORDER BY t.id`;
  return rows.map((row) => storedToken(row, nowMs).token);
}
