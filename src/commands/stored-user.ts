import type { User } from '../core/directory.ts';
import type { UserRecord } from '../core/token-record.ts';
import type { OwnStore } from './own-store.ts';

/**
 * A user of the store with the roles of today.
 * @param reference an id, or `username@org-slug`
 */
export async function findStoredUser(store: OwnStore, reference: string): Promise<UserRecord | undefined> {
  const user = reference.startsWith('usr_')
    ? await store.users.findById(reference)
    : await findByName(store, reference);
  const organization = user && (await store.organizations.find(user.organizationId));
  if (user === undefined || organization === undefined) return undefined;
  const { id, username, email, emailVerified, kind, status } = user;
  return {
    id,
    username,
    ...(email !== null && emailVerified && { email }),
    kind,
    status,
    organization: { id: organization.id, slug: organization.slug, status: organization.status },
    roles: await store.authorizations.rolesOf(id),
  };
}

async function findByName(store: OwnStore, reference: string): Promise<User | undefined> {
  const at = reference.lastIndexOf('@');
  const [username, slug] = [reference.slice(0, at), reference.slice(at + 1)];
  const organization = at > 0 ? await store.organizations.find(slug) : undefined;
  if (organization === undefined) return undefined;
  let cursor: string | undefined;
  do {
    const request = { limit: 200, ...(cursor !== undefined && { cursor }) };
    const page = await store.users.list(organization.id, { search: username }, request);
    const user = page.items.find((candidate) => candidate.username === username);
    if (user !== undefined) return user;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}
