import type { TokenRotationWish } from '../admin-api/ports/tokens.ts';
import { auditInstant, type Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import type { MarkChanged, Transaction } from '../db/client.ts';
import { familyOf, reread, update } from './postgres-token-changes.ts';
import type { StoredToken } from './postgres-token-rows.ts';

interface Rotation {
  readonly wish: TokenRotationWish;
  readonly changedBy: string;
  readonly nowMs: number;
  readonly changed: MarkChanged;
  readonly audit: Audit;
}

/**
 * Gives a locked token another secret. Of those before it the newest works on for the overlap, but not beyond the end
 * that the token had; one from an earlier rotation ends now, so that there are never more than two.
 */
export async function applyRotation(
  sql: Transaction,
  { token }: StoredToken,
  { wish, audit, ...change }: Rotation,
): Promise<Token> {
  const { nowMs, changed } = change;
  const now = new Date(nowMs);
  const until = new Date(Math.min(nowMs + wish.overlapMs, token.expiresAt ?? Infinity));
  // greatest(): a node whose clock is ahead may have made the secret in this one's future.
  await sql`
    UPDATE token_secrets SET valid_until = greatest(${now}, valid_from)
    WHERE token_id = ${token.id} AND valid_until > ${now}`;
  await sql`
    UPDATE token_secrets SET valid_until = greatest(${until}, valid_from)
    WHERE token_id = ${token.id} AND valid_until IS NULL`;
  await sql`
    INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
    SELECT ${wish.hash}, ${token.id}, ${wish.lastFour}, greatest(${now}, max(valid_from))
    FROM token_secrets WHERE token_id = ${token.id}`;
  const end = wish.expiresAt === null ? null : new Date(wish.expiresAt);
  const [own, ...derived] = await familyOf(sql, token.id);
  // What derives from a token never outlives it; least() of a time and NULL is the time.
  const parentEnd = sql`(SELECT parent.expires_at FROM tokens parent WHERE parent.id = tokens.parent_id)`;
  const ownEnd = sql`expires_at = least(${end}::timestamptz, ${parentEnd})`;
  if (own !== undefined) await update(sql, { ...change, ids: [own], set: ownEnd });
  await update(sql, { ...change, ids: derived, set: sql`expires_at = least(expires_at, ${end})` });
  changed('secret', wish.hash);
  const rotated = await reread(sql, token.id, nowMs);
  audit({
    organizationId: token.organizationId,
    action: 'token.rotate',
    target: { kind: 'token', id: token.id, name: token.name },
    before: { last_four: token.lastFour, expires_at: auditInstant(token.expiresAt) },
    after: {
      last_four: rotated.lastFour,
      expires_at: auditInstant(rotated.expiresAt),
      old_secret_until: auditInstant(until.getTime()),
    },
  });
  return rotated;
}
