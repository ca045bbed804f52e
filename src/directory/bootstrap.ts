import type { Conflict, Created } from '../admin-api/ports/changes.ts';
import type { Organizations, UnfitOwner, Users } from '../admin-api/ports/directory.ts';
import type { Organization, User } from '../core/directory.ts';
import { builtInProject, platformOrganizationSlug } from '../core/scope.ts';
import type { PostgresAuthorizations } from './postgres-authorizations.ts';
import { platformAdminRole, platformRootName } from './postgres-platform-admins.ts';

export interface Directory {
  readonly organizations: Organizations;
  readonly users: Users;
  readonly authorizations: Pick<PostgresAuthorizations, 'ensure'>;
}

/** An organisation with a user, as `ensureMember` leaves it. */
export interface Member {
  readonly organization: Organization;
  readonly user: User;
}

export interface MemberPlan {
  readonly organization: { readonly slug: string; readonly name: string };
  readonly user: { readonly username: string; readonly name: string };
  /** The roles the person is to hold at least, by project. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
}

/** The organisation `platform` and its user `root`, which hold the platform in their hands. */
export function ensurePlatformRoot(directory: Directory): Promise<Member> {
  return ensureMember(directory, {
    organization: { slug: platformOrganizationSlug, name: 'Platform' },
    user: { username: platformRootName, name: 'Root' },
    roles: { [builtInProject]: [platformAdminRole] },
  });
}

/** Makes of an organisation, a person in it and the person's roles whatever is not there yet. Safe to repeat. */
export async function ensureMember(directory: Directory, plan: MemberPlan): Promise<Member> {
  const { organizations, users, authorizations } = directory;
  const organization = await createdOrFound(organizations.create(plan.organization), (id) => organizations.find(id));
  const person = {
    ...plan.user,
    organizationId: organization.id,
    kind: 'human',
    accessTokenType: 'bearer',
  } as const;
  const user = await createdOrFound(users.create(person), (id) => users.find(organization.id, id));
  for (const [project, roles] of Object.entries(plan.roles)) {
    await authorizations.ensure({ organizationId: organization.id, userId: user.id, project, roles });
  }
  return { organization, user };
}

async function createdOrFound<Item>(
  creation: Promise<Created<Item> | Conflict | UnfitOwner>,
  find: (id: string) => Promise<Item | undefined>,
): Promise<Item> {
  const outcome = await creation;
  if (outcome.kind === 'created') return outcome.item;
  if (outcome.kind === 'unfit_owner') throw new Error('what is seeded has no owner');
  const item = await find(outcome.existingId);
  if (item === undefined) throw new Error(`${outcome.existingId} is not there although its name is taken`);
  return item;
}
