import type { Project } from '../../config/compiled.ts';
import { builtInProject, builtInRoles, platformOrganizationSlug } from '../../core/scope.ts';
import { isPlatformCaller, type Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalid, invalidField } from '../http/validation.ts';
import { platformAdminDenied, platformAdminRole } from '../platform-admins.ts';

export interface Grant {
  readonly project: string;
  readonly roles: readonly string[];
}

/** Says why the caller may not give, or take, these roles; undefined when it may. */
export function grantProblem({ project, roles }: Grant, caller: Caller): Refusal<'grant_denied'> | undefined {
  const ofPlatform = project === builtInProject && roles.includes(platformAdminRole);
  return ofPlatform && !isPlatformCaller(caller) ? platformAdminDenied : undefined;
}

/** Says why the roles would mean nothing in an organisation; undefined when they count there. */
export function misplacedRoleProblem(
  { project, roles }: Grant,
  organizationSlug: string,
): Refusal<'validation_failed'> | undefined {
  const at = roles.indexOf(platformAdminRole);
  if (project !== builtInProject || at < 0 || organizationSlug === platformOrganizationSlug) return undefined;
  return invalidField(`/roles/${at}`, `counts in the organisation "${platformOrganizationSlug}" alone`);
}

/** Says which project or role there is none of; undefined when all exist. */
export function unknownRoleProblem(
  { project, roles }: Grant,
  projects: readonly Project[],
): Refusal<'validation_failed'> | undefined {
  const known = rolesOfProject(project, projects);
  if (known === undefined) {
    const names = [...projects.map(({ id }) => id), builtInProject].join(', ');
    return invalidField('/project', `is not a project; there is ${names}`);
  }
  const errors = roles.flatMap((role, at) => {
    if (known.includes(role)) return [];
    return [{ pointer: `/roles/${at}`, detail: `is not a role of ${project}; it has ${known.join(', ')}` }];
  });
  return errors.length === 0 ? undefined : invalid(errors);
}

/** The roles of a project, the built-in one too; undefined when there is no such project. */
export function rolesOfProject(project: string, projects: readonly Project[]): readonly string[] | undefined {
  if (project === builtInProject) return Object.keys(builtInRoles);
  return projects.find(({ id }) => id === project)?.roles.map(({ id }) => id);
}
