import { assumeWays, type AssumeParty, type AssumeSession, type AssumeToken } from '../core/assume.ts';
import { sessionEnds } from '../core/session-end.ts';
import { flag, instant, instantOrNull, integer, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';

/** Reads a row of the columns of postgres-assume-tokens.ts; the state is that of the instant `nowMs`. */
export function assumeTokenOf(row: Row, nowMs: number): AssumeToken {
  const expiresAt = instantOrNull(row, 'expires_at');
  const expiredBy = textOrNull(row, 'expired_by');
  const isExpired = expiredBy !== null || (expiresAt !== null && expiresAt <= nowMs);
  return {
    id: text(row, 'id'),
    organizationId: text(row, 'organization_id'),
    issuer: partyOf(row, 'issuer'),
    subject: partyOf(row, 'subject'),
    scopes: texts(row, 'scopes'),
    allowedActors: row['allowed_actors'] === null ? null : texts(row, 'allowed_actors'),
    firstActorOrganizationId: textOrNull(row, 'first_actor_organization_id'),
    readOnly: flag(row, 'read_only'),
    reason: text(row, 'reason'),
    validity: text(row, 'validity'),
    state: isExpired ? 'expired' : 'active',
    lastFour: text(row, 'last_four'),
    createdAt: instant(row, 'created_at'),
    expiresAt,
    expiredBy,
    openSessions: integer(row, 'open_sessions'),
  };
}

/** Reads a row of the columns of postgres-session-rows.ts. */
export function assumeSessionOf(row: Row): AssumeSession {
  return {
    id: text(row, 'id'),
    assumeTokenId: text(row, 'assume_token_id'),
    subject: { ...partyOf(row, 'subject'), kind: oneOf(row, 'subject_kind', ['human', 'service']) },
    actor: partyOf(row, 'actor'),
    actorTokenId: text(row, 'actor_token_id'),
    way: oneOf(row, 'way', assumeWays),
    scopes: texts(row, 'scopes'),
    readOnly: flag(row, 'read_only'),
    reason: textOrNull(row, 'reason'),
    address: text(row, 'address'),
    startedAt: instant(row, 'started_at'),
    expiresAt: instant(row, 'expires_at'),
    idleUntil: instantOrNull(row, 'idle_until'),
    endedAt: instantOrNull(row, 'ended_at'),
    endReason: row['end_reason'] === null ? null : oneOf(row, 'end_reason', sessionEnds),
    endedBy: textOrNull(row, 'ended_by'),
  };
}

function partyOf(row: Row, who: 'issuer' | 'subject' | 'actor'): AssumeParty {
  return {
    id: text(row, `${who}_id`),
    username: text(row, `${who}_username`),
    organizationId: text(row, `${who}_organization_id`),
    organizationSlug: text(row, `${who}_organization_slug`),
  };
}
