import type { AssumeSession, AssumeToken } from '../core/assume.ts';
import { auditInstant, type AuditEvent, type Json } from '../core/audit.ts';

/** The row of the audit log for a new assume-user token. */
export function assumeTokenCreated(token: AssumeToken): AuditEvent {
  return { ...about(token), action: 'assume_token.create', before: null, after: tokenFields(token) };
}

/** The row for one that was ended before its time, with the sessions that ended with it. */
export function assumeTokenEnded(
  action: 'assume_token.expire' | 'assume_token.delete',
  token: AssumeToken,
  sessions: readonly string[],
): AuditEvent {
  const before = { state: token.state, expires_at: auditInstant(token.expiresAt) };
  const state = action === 'assume_token.delete' ? 'deleted' : 'expired';
  return { ...about(token), action, before, after: { state, ended_sessions: sessions } };
}

function about({ organizationId, id, subject, reason }: AssumeToken) {
  return { organizationId, target: { kind: 'assume_token', id, name: subject.username }, reason } as const;
}

/** What counts of one. Neither its secret nor the hash of it. */
function tokenFields(token: AssumeToken): Json {
  return {
    subject: token.subject.id,
    issuer: token.issuer.id,
    scopes: token.scopes,
    allowed_actors: token.allowedActors,
    read_only: token.readOnly,
    validity: token.validity,
    expires_at: auditInstant(token.expiresAt),
    last_four: token.lastFour,
  };
}

/** The row for a session that was opened: the assume-user token was redeemed. */
export function sessionStarted(session: AssumeSession): AuditEvent {
  const { way, scopes, readOnly, expiresAt, address } = session;
  const how = { way, scopes, read_only: readOnly, expires_at: auditInstant(expiresAt), address };
  return {
    ...aboutSession(session),
    action: 'assume_session.start',
    before: null,
    after: { ...people(session), ...how },
    ...(session.reason !== null && { reason: session.reason }),
  };
}

/** The row for a session that is over. */
export function sessionEnded(session: AssumeSession): AuditEvent {
  const { startedAt, endedAt, endReason, endedBy } = session;
  return {
    ...aboutSession(session),
    action: 'assume_session.end',
    before: { started_at: auditInstant(startedAt) },
    after: { ...people(session), ended_at: auditInstant(endedAt), why: endReason, ended_by: endedBy },
  };
}

function aboutSession({ subject, id }: AssumeSession) {
  return {
    organizationId: subject.organizationId,
    target: { kind: 'assume_session', id, name: subject.username },
  } as const;
}

function people({ assumeTokenId, subject, actor, actorTokenId }: AssumeSession): { readonly [name: string]: Json } {
  return {
    assume_token: assumeTokenId,
    subject: subject.id,
    actor: actor.id,
    actor_username: actor.username,
    actor_organization: actor.organizationId,
    actor_token: actorTokenId,
  };
}
