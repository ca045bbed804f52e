import type { AssumeSession } from '../api/calls.ts';

type End = NonNullable<AssumeSession['end_reason']>;

const words: Readonly<Record<End, string>> = {
  actor: 'stopped by the helper',
  admin: 'ended by an admin',
  expired: 'its time was over',
  idle: 'not used for a while',
  session_max: 'as long as a session may be',
  grant_expired: 'the assume-user token expired',
  grant_deleted: 'the assume-user token was deleted',
  actor_token_ended: 'the helper’s own token ended',
  actor_token_lost_assume: 'the helper may no longer assume users',
  actor_disabled: 'the helper was disabled',
  actor_organization_suspended: 'the helper’s organisation was suspended',
  actor_not_allowed: 'the helper is no longer among those allowed',
  subject_is_actor: 'the helper is the user',
  subject_disabled: 'the user was disabled',
  subject_is_platform_admin: 'the user became an admin of the platform',
  organization_suspended: 'the organisation was suspended',
  issuer_disabled: 'whoever lent the right was disabled',
  issuer_lost_right: 'whoever lent the right lost it',
};

/** Why a session of an assumed user is over, in words. */
export function endOfSession(reason: End): string {
  return words[reason];
}
