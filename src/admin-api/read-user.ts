import type { UserRecord } from '../core/token-record.ts';
import type { AdminStores } from './context.ts';

/** Reads what a user is and holds today; undefined when there is none. */
export async function readUserRecord(stores: AdminStores, userId: string): Promise<UserRecord | undefined> {
  const user = await stores.users.findById(userId);
  if (user === undefined) return undefined;
  const [organization, roles] = await Promise.all([
    stores.organizations.find(user.organizationId),
    stores.authorizations.rolesOf(userId),
  ]);
  if (organization === undefined) return undefined;
  const { id, username, kind, status, email, emailVerified } = user;
  return { id, username, kind, status, organization, roles, ...(email !== null && emailVerified && { email }) };
}
