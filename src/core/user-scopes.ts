import { builtInProject, builtInRoles, isBuiltInScope, platformOrganizationSlug, type BuiltInRole } from './scope.ts';
import type { UserRecord } from './token-record.ts';

/** The literal scopes that each role of gateway.yaml gives, by `project/role`. */
export type RoleScopes = ReadonlyMap<string, ReadonlySet<string>>;

/** Every scope that a user's roles give today, those of the built-in project included. */
export function scopesOfUser(user: UserRecord, roleScopes: RoleScopes): Set<string> {
  const scopes = new Set<string>(builtInRoles.member);
  for (const role of user.roles) {
    for (const scope of roleScopes.get(role) ?? []) if (!isBuiltInScope(scope)) scopes.add(scope);
    for (const scope of builtInScopesOf(role, user.organization.slug)) scopes.add(scope);
  }
  return scopes;
}

/** The scopes of a role such as `wayleave/org-admin`; `platform-admin` counts in the organisation `platform` alone. */
function builtInScopesOf(role: string, organizationSlug: string): readonly string[] {
  if (!role.startsWith(`${builtInProject}/`)) return [];
  const name = role.slice(builtInProject.length + 1);
  if (!Object.hasOwn(builtInRoles, name)) return [];
  if (name === 'platform-admin' && organizationSlug !== platformOrganizationSlug) return [];
  return builtInRoles[name as BuiltInRole];
}
