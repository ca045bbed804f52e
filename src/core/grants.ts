import type { RoleScopes } from './user-scopes.ts';

interface ProjectWithRoles {
  readonly id: string;
  readonly roles: readonly { readonly id: string }[];
}

/** Every role, by project: what a user is granted who is to have them all. */
export function everyRole(projects: readonly ProjectWithRoles[]): Record<string, string[]> {
  const withRoles = projects.filter((project) => project.roles.length > 0);
  return Object.fromEntries(withRoles.map((project) => [project.id, project.roles.map((role) => role.id)]));
}

/** The scopes of the catalogue that some role gives, in its order: what the token of such a user may have. */
export function grantableScopes(catalogue: Iterable<string>, roleScopes: RoleScopes): string[] {
  const given = [...roleScopes.values()];
  return [...catalogue].filter((scope) => given.some((ofRole) => ofRole.has(scope)));
}
