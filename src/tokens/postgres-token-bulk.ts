import type { TokenFilter } from '../admin-api/ports/tokens.ts';
import { auditInstant, type Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import type { TokenState } from '../core/token-record.ts';
import type { ChangeLog, Database, MarkChanged, Transaction } from '../db/client.ts';
import { familyOf, update } from './postgres-token-changes.ts';
import { chooseTokens, lockChosen, readTokens, type Choice } from './postgres-token-choice.ts';
import { tokenChanged } from './token-audit.ts';

export interface BulkLimit {
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

/** What is done to many tokens at a time. */
interface BulkAction {
  /** Of these states, the oldest first. */
  readonly states: readonly TokenState[];
  /** @param tokens locked @returns them as they are afterwards */
  apply(sql: Transaction, tokens: readonly Token[], change: Change): Promise<readonly Token[]>;
}

/** Ends active and disabled tokens, with all that derives from them. */
const expiry: BulkAction = {
  states: ['active', 'disabled'],
  async apply(sql, tokens, { audit, ...change }) {
    const ids = tokens.map(({ id }) => id);
    await update(sql, {
      ...change,
      ids: await familyOf(sql, ...ids),
      set: sql`expires_at = least(expires_at, ${new Date(change.nowMs)})`,
    });
    for (const token of tokens) {
      audit({
        organizationId: token.organizationId,
        action: 'token.expire',
        target: { kind: 'token', id: token.id, name: token.name },
        before: { expires_at: auditInstant(token.expiresAt) },
        after: { expires_at: auditInstant(change.nowMs) },
      });
    }
    return readTokens(sql, ids, change.nowMs);
  },
};

/** Takes tokens that have ended off the lists. */
const pruning: BulkAction = {
  states: ['expired', 'revoked'],
  async apply(sql, tokens, { audit, ...change }) {
    const now = new Date(change.nowMs);
    const ids = tokens.map(({ id }) => id);
    const family = await familyOf(sql, ...ids);
    await update(sql, {
      ...change,
      ids: family,
      set: sql`revoked_at = coalesce(revoked_at, ${now}), holds_name = false`,
    });
    await update(sql, { ...change, ids, set: sql`deleted_at = ${now}` });
    const pruned = await readTokens(sql, ids, change.nowMs);
    const after = new Map(pruned.map((token) => [token.id, token]));
    for (const token of tokens) {
      audit(tokenChanged('token.delete', { before: token, after: after.get(token.id) ?? token, derived: [] }));
    }
    return pruned;
  },
};

export const bulkActions = { expire: expiry, prune: pruning } as const;

export interface BulkOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly nowMs: number;
}

/** Does something to the tokens of a filter, or with `dryRun` says to which it would. */
export async function changeMany(
  { database, changes, nowMs }: BulkOptions,
  action: BulkAction,
  { filter, dryRun, ...limit }: BulkLimit & { readonly filter: TokenFilter },
  changedBy: string,
): Promise<{ tokens: readonly Token[]; more: boolean }> {
  const { states } = action;
  const choice: Choice = { filter, ...limit };
  const { ids, more } = await chooseTokens(database, choice, { states, nowMs });
  if (ids.length === 0) return { tokens: [], more };
  if (dryRun) return { tokens: await database.transaction((sql) => readTokens(sql, ids, nowMs)), more };
  return changes.transact(async (sql, changed, audit) => {
    const before = await lockChosen(sql, ids, { filter, states, nowMs });
    if (before.length === 0) return { tokens: [], more };
    return { tokens: await action.apply(sql, before, { changedBy, nowMs, changed, audit }), more };
  });
}
