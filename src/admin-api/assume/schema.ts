import { z } from '@hono/zod-openapi';
import { assumeWays, withoutEnd, type AssumeParty, type AssumeSession, type AssumeToken } from '../../core/assume.ts';
import { sessionEnds } from '../../core/session-end.ts';
import { displayText, id } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';
import { rfc3339, rfc3339OrNull } from '../tokens/present.ts';

/** Whether a scope is in the catalogue is judged later, so that the answer can say `unknown_scope`. */
const scopes = z.array(z.string().min(1).max(128)).min(1, 'must name at least one scope').max(500);
const reason = displayText(500);

const actorReference = z
  .string()
  .regex(/^[a-z0-9][0-9A-Za-z._-]{0,63}$/, "must be a user's id, or an organisation's id or slug");

export const newAssumeToken = z
  .strictObject({
    validity: z.string().min(1).max(20).openapi({
      description: 'One of `assume.lifetimes` in gateway.yaml; `lifetime`, without end, is discouraged',
      example: '8h',
    }),
    subject_user_id: id.optional().openapi({ description: 'Whom the upstream will see; oneself when it is left out' }),
    scopes: scopes.optional().openapi({
      description: 'All that both the subject and the token that makes the call have, when it is left out',
    }),
    allowed_actors: z.array(actorReference).min(1).max(50).optional().openapi({
      description:
        'Who may redeem it: ids of users, ids or slugs of organisations. Left out: the organisation of whoever does so first',
    }),
    read_only: z.boolean().optional().openapi({ description: 'Safe methods alone, and no upgrade' }),
    reason: reason.optional().openapi({ description: 'Required unless `assume.require_reason` is false' }),
  })
  .openapi('NewAssumeToken');

const party = z.object({ id: z.string(), username: z.string() });
const instant = z.iso.datetime();

export const assumeTokenView = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    issued_by: party,
    subject: party,
    scopes: z.array(z.string()),
    allowed_actors: z.array(z.string()).openapi({
      description: 'Who may redeem it; empty: the organisation of whoever does so first',
    }),
    redeemed_by_organization: z.string().nullable().openapi({
      description: 'The organisation that it belongs to since its first redemption, where `allowed_actors` is empty',
    }),
    read_only: z.boolean(),
    reason: z.string().nullable(),
    validity: z.string(),
    discouraged: z.boolean().openapi({ description: 'It has no end of its own: delete it when it is not needed' }),
    state: z.enum(['active', 'expired']),
    last_four: z.string().openapi({ description: 'The last characters of the secret, to recognise it by' }),
    created_at: instant,
    expires_at: instant.nullable(),
    expired_by: z.string().nullable().openapi({ description: 'The user who ended it before its time' }),
    open_sessions: z.int(),
  })
  .openapi('AssumeToken');

export const createdAssumeToken = z.object({
  assume_token: assumeTokenView,
  secret: z.string().openapi({ description: 'The assume-user token itself. It is shown this once.' }),
});
export const changedAssumeToken = z.object({ assume_token: assumeTokenView, receipt: receiptSchema });
export const assumeTokenPage = pageOf(assumeTokenView);
export const assumeTokenQuery = z.strictObject({ ...pageQuery, state: z.enum(['active', 'expired']).optional() });

export const assumeSessionView = z
  .object({
    id: z.string().openapi({ description: "The id of the session's token, as logs and `X-Auth-Token-Id` name it" }),
    assume_token_id: z.string(),
    organization_id: z.string(),
    organization: z.string().openapi({ description: 'Its slug' }),
    subject: party,
    actor: party.extend({ organization_id: z.string(), organization: z.string() }),
    actor_token_id: z.string().openapi({ description: 'The token that it was redeemed with' }),
    way: z.enum(assumeWays).openapi({ description: '`header`: opened by the header Assume-User' }),
    scopes: z.array(z.string()).openapi({ description: 'Of the assume-user token; the subject must have them too' }),
    read_only: z.boolean(),
    reason: z.string().nullable(),
    address: z.string().nullable().openapi({ description: 'Where it was opened from' }),
    state: z.enum(['active', 'ended']),
    started_at: instant,
    expires_at: instant.openapi({ description: 'At the latest' }),
    idle_until: instant
      .nullable()
      .openapi({ description: 'Of one opened by a header: it ends then unless it is used' }),
    ended_at: instant.nullable(),
    end_reason: z.enum(sessionEnds).nullable(),
    ended_by: z.string().nullable().openapi({ description: 'A user id; null for what ended by itself' }),
  })
  .openapi('AssumeSession');

export const endedAssumeSession = z.object({ assume_session: assumeSessionView, receipt: receiptSchema });
export const assumeSessionPage = pageOf(assumeSessionView);
export const assumeSessionQuery = z.strictObject({
  ...pageQuery,
  state: z.enum(['active', 'ended']).optional(),
  assume_token_id: id.optional(),
});
export const ownSessionQuery = z.strictObject({ ...pageQuery, state: z.enum(['active', 'ended']).optional() });

export const redemption = z
  .strictObject({
    token: z.string().min(1).max(200).openapi({ description: 'The assume-user token' }),
    reason: reason.optional().openapi({ description: 'Required unless `assume.require_reason` is false' }),
  })
  .openapi('Assumption');

export const redeemedSession = z.object({
  token: z
    .string()
    .openapi({ description: "The session's token, a bearer on the proxy listener. It is shown this once." }),
  id: z.string(),
  subject: party,
  organization: z.object({ id: z.string(), slug: z.string() }),
  scopes: z.array(z.string()),
  expires_at: instant,
});

/** An assume-user token as it is answered: never its secret, nor the hash of it. */
export function presentAssumeToken(token: AssumeToken): z.infer<typeof assumeTokenView> {
  return {
    id: token.id,
    organization_id: token.organizationId,
    issued_by: presentParty(token.issuer),
    subject: presentParty(token.subject),
    scopes: [...token.scopes],
    allowed_actors: [...(token.allowedActors ?? [])],
    redeemed_by_organization: token.firstActorOrganizationId,
    read_only: token.readOnly,
    reason: token.reason === '' ? null : token.reason,
    validity: token.validity,
    discouraged: token.validity === withoutEnd,
    state: token.state,
    last_four: token.lastFour,
    created_at: rfc3339(token.createdAt),
    expires_at: rfc3339OrNull(token.expiresAt),
    expired_by: token.expiredBy,
    open_sessions: token.openSessions,
  };
}

/** A session as it is answered: never its token. */
export function presentSession(session: AssumeSession): z.infer<typeof assumeSessionView> {
  const { subject, actor } = session;
  return {
    id: session.id,
    assume_token_id: session.assumeTokenId,
    organization_id: subject.organizationId,
    organization: subject.organizationSlug,
    subject: presentParty(subject),
    actor: { ...presentParty(actor), organization_id: actor.organizationId, organization: actor.organizationSlug },
    actor_token_id: session.actorTokenId,
    way: session.way,
    scopes: [...session.scopes],
    read_only: session.readOnly,
    reason: session.reason,
    address: session.address === '' ? null : session.address,
    state: session.endedAt === null ? 'active' : 'ended',
    started_at: rfc3339(session.startedAt),
    expires_at: rfc3339(session.expiresAt),
    idle_until: rfc3339OrNull(session.idleUntil),
    ended_at: rfc3339OrNull(session.endedAt),
    end_reason: session.endReason,
    ended_by: session.endedBy,
  };
}

/**
 * What whoever redeems an assume-user token gets.
 * @param effective the scopes in effect now
 */
export function presentRedeemed(
  { id: sessionId, subject, expiresAt }: AssumeSession,
  effective: readonly string[],
  secret: string,
): z.infer<typeof redeemedSession> {
  return {
    token: secret,
    id: sessionId,
    subject: presentParty(subject),
    organization: { id: subject.organizationId, slug: subject.organizationSlug },
    scopes: [...effective],
    expires_at: rfc3339(expiresAt),
  };
}

function presentParty({ id: partyId, username }: AssumeParty): z.infer<typeof party> {
  return { id: partyId, username };
}
