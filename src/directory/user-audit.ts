import { auditInstant, changedFields, type AuditAction, type AuditEvent, type Json } from '../core/audit.ts';
import type { User } from '../core/directory.ts';

type Fields = { readonly [name: string]: Json };

/** The row of the audit log for a new user. */
export function userCreated(user: User): AuditEvent {
  return event('user.create', user, { before: null, after: fieldsOf(user) });
}

/** The row for a changed user; undefined when nothing is different. */
export function userChanged(before: User, after: User): AuditEvent | undefined {
  const sides = changedFields(fieldsOf(before), fieldsOf(after));
  return Object.keys(sides.after).length === 0 ? undefined : event(changeOf(before, after), after, sides);
}

/** The row for a deleted user. @param lost what ended with it */
export function userDeleted(user: User, lost: Fields): AuditEvent {
  return event('user.delete', user, { before: fieldsOf(user), after: lost });
}

/** What the log calls a change: what matters most of it. */
function changeOf(before: User, after: User): AuditAction {
  if (before.status !== after.status) return after.status === 'disabled' ? 'user.disable' : 'user.enable';
  return (before.review === null) === (after.review === null) ? 'user.change' : 'user.review';
}

function event(
  action: AuditAction,
  user: User,
  { before, after }: { readonly before: Json | null; readonly after: Json | null },
): AuditEvent {
  const target = { kind: 'user', id: user.id, name: user.username } as const;
  return { organizationId: user.organizationId, action, target, before, after };
}

function fieldsOf(user: User): Fields {
  const { kind, username, name, email, emailVerified, status, accessTokenType, ownerId, purpose, review } = user;
  return {
    kind,
    username,
    name,
    email,
    email_verified: emailVerified,
    status,
    access_token_type: accessTokenType,
    owner: ownerId,
    purpose,
    review: review && { reason: review.reason, since: auditInstant(review.since) },
  };
}
