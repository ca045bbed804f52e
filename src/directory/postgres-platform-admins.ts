import { builtInProject, platformOrganizationSlug, type BuiltInRole, type BuiltInScope } from '../core/scope.ts';
import type { Database, Transaction } from '../db/client.ts';
import { text } from '../lib/row.ts';

export const platformAdminRole: BuiltInRole = 'platform-admin';

/** The user of the organisation `platform` by whom `wayleave admin-token` lets operators in. */
export const platformRootName = 'root';

/**
 * Says whether `userId` is the only active admin of the platform. Asked in the transaction that would take the role or
 * the user away; the lock lets one such transaction go on at a time, so that two admins cannot remove each other.
 */
export async function leavesNoPlatformAdmin(sql: Transaction, userId: string): Promise<boolean> {
  const [platform] = await sql`
    SELECT id FROM organizations
    WHERE slug = ${platformOrganizationSlug} AND id = (SELECT organization_id FROM users WHERE id = ${userId})
    FOR UPDATE`;
  if (platform === undefined) return false;
  const admins = await sql`
    SELECT u.id
    FROM users u
    JOIN authorizations a ON a.user_id = u.id AND a.project = ${builtInProject} AND ${platformAdminRole} = ANY (a.roles)
    WHERE u.status = 'active' AND u.organization_id = ${text(platform, 'id')}
    LIMIT 2`;
  return admins.length === 1 && admins[0]?.['id'] === userId;
}

/**
 * Says whether somebody could still sign in as an admin of the platform: whether a token that carries the scope
 * `wayleave:platform` is active, and its owner an active admin.
 */
export function hasActivePlatformAdminToken(database: Database, nowMs: number): Promise<boolean> {
  const scope: BuiltInScope = 'wayleave:platform';
  return database.query(async (sql) => {
    const tokens = await sql`
      SELECT t.id
      FROM tokens t
      JOIN users u ON u.id = t.user_id AND u.status = 'active'
      JOIN organizations o ON o.id = u.organization_id AND o.slug = ${platformOrganizationSlug} AND o.status = 'active'
      JOIN authorizations a ON a.user_id = u.id AND a.project = ${builtInProject} AND ${platformAdminRole} = ANY (a.roles)
      WHERE ${scope} = ANY (t.scopes) AND t.revoked_at IS NULL AND t.disabled_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > ${new Date(nowMs)})
      LIMIT 1`;
    return tokens.length > 0;
  });
}
