import { auditInstant, changedFields, type AuditAction, type AuditEvent, type Json } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';

/** The row of the audit log for a new token. */
export function tokenCreated(token: Token): AuditEvent {
  return tokenEvent('token.create', token, { before: null, after: fieldsOf(token) });
}

/**
 * The row for what was done to a token, with what changed.
 * @param derived the ids of the tokens it was done to besides, for they derive from it
 */
export function tokenChanged(
  action: AuditAction,
  { before, after, derived }: { before: Token; after: Token; derived: readonly string[] },
): AuditEvent {
  const sides = changedFields(fieldsOf(before), fieldsOf(after));
  const told = derived.length === 0 ? sides.after : { ...sides.after, derived_tokens: derived };
  return tokenEvent(action, after, { before: sides.before, after: told });
}

function tokenEvent(
  action: AuditAction,
  { id, name, organizationId }: Token,
  sides: { readonly before: Json | null; readonly after: Json | null },
): AuditEvent {
  return { organizationId, action, target: { kind: 'token', id, name }, ...sides };
}

/** What counts of a token. Neither its secret nor the hash of it. */
function fieldsOf(token: Token): { readonly [name: string]: Json } {
  const { kind, userId, name, purpose, scopes, allowedIps, state, expiresAt, parentId, lastFour } = token;
  return {
    kind,
    user_id: userId,
    name,
    purpose,
    scopes,
    allowed_ips: allowedIps,
    state,
    expires_at: auditInstant(expiresAt),
    parent_id: parentId,
    last_four: lastFour,
  };
}
