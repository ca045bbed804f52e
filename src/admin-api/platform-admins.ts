import { builtInProject, platformOrganizationSlug } from '../core/scope.ts';
import { isPlatformCaller, type Caller } from './caller.ts';
import type { AdminStores } from './context.ts';
import type { Refusal } from './http/problem-response.ts';

/** The role whose holders in the organisation `platform` may act everywhere. */
export const platformAdminRole = 'platform-admin';

/** Somebody must be left who can let others in. */
export const lastPlatformAdminProblem: Refusal<'last_platform_admin'> = {
  code: 'last_platform_admin',
  detail:
    'This is the last active admin of the platform. Make another one first: ' +
    'an active user of the organisation "platform" with the role wayleave/platform-admin.',
};

/** What only an admin of the platform may do to an admin of the platform. */
export const platformAdminDenied: Refusal<'grant_denied'> = {
  code: 'grant_denied',
  detail:
    'Only an admin of the platform, by a token with the scope wayleave:platform, may give or take the role ' +
    'wayleave/platform-admin, or change, enrol or delete who has it.',
};

/**
 * Says why the caller may not change a user: whoever could enrol or lock out an admin of the platform would have that
 * admin's rights in hand. Undefined when it may.
 */
export async function platformAdminProblem(
  stores: Pick<AdminStores, 'authorizations'>,
  caller: Caller,
  user: { readonly id: string; readonly organizationSlug: string },
): Promise<Refusal<'grant_denied'> | undefined> {
  if (user.organizationSlug !== platformOrganizationSlug || isPlatformCaller(caller)) return undefined;
  const roles = await stores.authorizations.rolesOf(user.id);
  return roles.includes(`${builtInProject}/${platformAdminRole}`) ? platformAdminDenied : undefined;
}
