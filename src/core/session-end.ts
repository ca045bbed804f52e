/** Why a session in which a user was assumed is over. */
export const sessionEnds = [
  'actor',
  'admin',
  'expired',
  'idle',
  'session_max',
  'grant_expired',
  'grant_deleted',
  'actor_token_ended',
  'actor_token_lost_assume',
  'actor_disabled',
  'actor_organization_suspended',
  'actor_not_allowed',
  'subject_is_actor',
  'subject_disabled',
  'subject_is_platform_admin',
  'organization_suspended',
  'issuer_disabled',
  'issuer_lost_right',
] as const;
export type SessionEnd = (typeof sessionEnds)[number];
