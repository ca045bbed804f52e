import type { Audit } from '../core/audit.ts';
import type { ReviewReason } from '../core/directory.ts';
import type { Transaction } from '../db/client.ts';
import { userOf } from './rows.ts';
import { userChanged } from './user-audit.ts';

/**
 * Says whether a person may answer for a service user: an active person of the organisation. The lock keeps them so
 * until the transaction ends, so that nobody is disabled while being made an owner.
 */
export async function isFitOwner(sql: Transaction, organizationId: string, ownerId: string): Promise<boolean> {
  const [owner] = await sql`
    SELECT id FROM users
    WHERE organization_id = ${organizationId} AND id = ${ownerId} AND kind = 'human' AND status = 'active'
    FOR SHARE`;
  return owner !== undefined;
}

interface Departure {
  readonly reason: ReviewReason;
  readonly at: Date;
  readonly audit: Audit;
}

/**
 * Puts the service users of a person on the review list. Their tokens go on: nobody but an admin knows what would stop.
 */
export async function putOnReview(sql: Transaction, ownerId: string, { reason, at, audit }: Departure): Promise<void> {
  const owned = sql`owner_id = ${ownerId} AND deleted_at IS NULL`;
  const before = await sql`SELECT * FROM users WHERE ${owned} ORDER BY id FOR UPDATE`;
  if (before.length === 0) return;
  const after = await sql`
    UPDATE users SET review_since = coalesce(review_since, ${at}), review_reason = ${reason}
    WHERE ${owned} RETURNING *`;
  const reviewed = new Map(after.map(userOf).map((user) => [user.id, user]));
  for (const user of before.map(userOf)) {
    const event = userChanged(user, reviewed.get(user.id) ?? user);
    if (event !== undefined) audit(event);
  }
}
