import type { RedemptionProblem } from '../core/redemption.ts';
import { isPrintable } from '../lib/printable.ts';
import { openSessionsMax } from './postgres-open-sessions.ts';
import type { RedemptionRefusal } from './postgres-redemption.ts';

const reasonLengthMax = 500;

/** Junk and unknown assume-user tokens get one answer. */
export const unknownGrant: RedemptionProblem = {
  code: 'token_invalid',
  detail: 'this is no assume-user token that this gateway knows',
};

/** Says what is wrong with why somebody wants to be another user. */
export function reasonProblem(reason: string | undefined, isRequired: boolean): RedemptionProblem | undefined {
  if (reason === undefined || reason.trim() === '') {
    const detail = 'say why you assume the user: "reason", or the header Assume-Reason (assume.require_reason)';
    return isRequired ? { code: 'invalid_request', detail } : undefined;
  }
  if (reason.length <= reasonLengthMax && isPrintable(reason)) return undefined;
  const detail =
    `the reason is one line of at most ${reasonLengthMax} characters, ` +
    'without control, direction and unpaired surrogate characters';
  return { code: 'invalid_request', detail };
}

/** Tells whoever redeems an assume-user token why there is no session. */
export function redemptionProblem(why: RedemptionRefusal): RedemptionProblem {
  const detail = details[why];
  switch (why) {
    case 'grant_expired':
      return { code: 'token_expired', detail };
    case 'grant_deleted':
      return { code: 'token_revoked', detail };
    case 'subject_is_actor':
    case 'subject_is_platform_admin':
    case 'actor_not_allowed':
    case 'too_many_sessions':
      return { code: 'assumed_denied', detail };
    case 'actor_token_lost_assume':
      return {
        code: 'insufficient_scope',
        detail,
        missingScopes: ['wayleave:assume'],
        requiredScopes: ['wayleave:assume'],
      };
    default:
      return { code: 'assume_ended', detail };
  }
}

const noLonger = 'the assume-user token lets nobody in any more';

const details: Readonly<Record<RedemptionRefusal, string>> = {
  actor: 'you have ended this session; redeem the assume-user token for a new one',
  admin: 'an admin of the organisation has ended this session, and the same header opens no other',
  expired: 'the session would be over at once',
  idle: 'the session would be over at once',
  session_max: 'the session would be over at once (assume.session_max)',
  grant_expired: 'the assume-user token has expired; ask the organisation for another one',
  grant_deleted: 'the assume-user token has been deleted; ask the organisation for another one',
  actor_token_ended: 'your own token has ended',
  actor_token_lost_assume: 'your own token does not name the scope wayleave:assume; use one that does',
  actor_disabled: 'you are disabled',
  actor_organization_suspended: 'your organisation is suspended',
  actor_not_allowed: 'the assume-user token is for other people or another organisation',
  too_many_sessions:
    `you have ${openSessionsMax.ofActor} sessions open, or all who assume users of this organisation together ` +
    `${openSessionsMax.inOrganization}; end some`,
  subject_is_actor: 'this would make you yourself; the assume-user token is for somebody else',
  subject_disabled: `${noLonger}: its user is disabled`,
  subject_is_platform_admin: 'the user of the assume-user token is an admin of the platform, and those are not assumed',
  organization_suspended: `${noLonger}: its organisation is suspended`,
  issuer_disabled: `${noLonger}: whoever issued it is disabled`,
  issuer_lost_right: `${noLonger}: whoever issued it could not do so today`,
};
