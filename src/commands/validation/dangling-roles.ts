import type { GatewayConfig } from '../../config/compiled.ts';
import type { Finding } from '../../config/config-problem.ts';
import { builtInProject, builtInRoles } from '../../core/scope.ts';
import type { OwnStore } from '../own-store.ts';

const namedMax = 3;

type DanglingRole = Awaited<ReturnType<OwnStore['authorizations']['dangling']>>[number];

/** Roles that people hold and that the file does not have: they give nothing. @throws StoreUnavailable */
export async function findDanglingRoles(config: GatewayConfig, store: OwnStore): Promise<Finding[]> {
  const found = await store.authorizations.dangling(knownRoles(config));
  const byRole = new Map<string, DanglingRole[]>();
  for (const grant of found) {
    const name = `${grant.project}/${grant.role}`;
    byRole.set(name, [...(byRole.get(name) ?? []), grant]);
  }
  return [...byRole.values()].flatMap(([first, ...others]) => (first ? [danglingRole(first, others)] : []));
}

/** Every role that means something, as `project/role`. */
function knownRoles({ projects }: Pick<GatewayConfig, 'projects'>): string[] {
  const ofFile = projects.flatMap(({ id, roles }) => roles.map((role) => `${id}/${role.id}`));
  return [...ofFile, ...Object.keys(builtInRoles).map((role) => `${builtInProject}/${role}`)];
}

function danglingRole(first: DanglingRole, others: readonly DanglingRole[]): Finding {
  const { project, role, authorizationId, organizationSlug } = first;
  const named = [first, ...others.slice(0, namedMax - 1)].map((one) => `${one.username}@${one.organizationSlug}`);
  const more = 1 + others.length - named.length;
  const holders = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const removal = `wayleave authorization delete ${authorizationId} --org ${organizationSlug}`;
  return {
    path: ['projects', project, 'roles'],
    at: 'key',
    severity: 'warning',
    code: 'dangling-role',
    message: `the role "${role}" of "${project}" gives nothing, for this file does not have it; it is held by ${holders}`,
    fix: `put the role back, or take it away: ${removal}`,
  };
}
