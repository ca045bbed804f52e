import type { Refusal } from './http/problem-response.ts';

/** The role whose holders in the organisation `platform` may act everywhere. */
export const platformAdminRole = 'platform-admin';

/** Somebody must be left who can let others in. */
export const lastPlatformAdminProblem: Refusal<'conflict'> = {
  code: 'conflict',
  detail:
    'This is the last active admin of the platform. Make another one first: ' +
    'an active user of the organisation "platform" with the role wayleave/platform-admin.',
};
