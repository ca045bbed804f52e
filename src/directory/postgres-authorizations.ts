import type { Authorizations, LastPlatformAdmin } from '../admin-api/ports/directory.ts';
import type { Conflict, Created } from '../admin-api/ports/changes.ts';
import type { Audit } from '../core/audit.ts';
import type { Authorization, Page } from '../core/directory.ts';
import { builtInProject } from '../core/scope.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { newId } from '../lib/ids.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import { grantChanged } from './organization-audit.ts';
import type { DirectoryOptions } from './postgres-organizations.ts';
import { leavesNoPlatformAdmin, platformAdminRole } from './postgres-platform-admins.ts';
import { authorizationOf } from './rows.ts';

/** Roles of one project for a user. */
interface Grant {
  readonly organizationId: string;
  readonly userId: string;
  readonly project: string;
  readonly roles: readonly string[];
}

/** A role that somebody was granted and that gateway.yaml does not have. */
export interface DanglingRole {
  readonly authorizationId: string;
  readonly project: string;
  readonly role: string;
  readonly organizationSlug: string;
  readonly username: string;
}

export class PostgresAuthorizations implements Authorizations {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  create(input: Grant): Promise<Created<Authorization> | Conflict> {
    const { changes, clock } = this.#options;
    const { organizationId, userId, project } = input;
    const roles = [...input.roles];
    const at = new Date(clock.now());
    return changes.transact(async (sql, changed, audit) => {
      const [row] = await sql`
        INSERT INTO authorizations (id, organization_id, user_id, project, roles, created_at)
        VALUES (${newId('aut', at.getTime())}, ${organizationId}, ${userId}, ${project}, ${roles}, ${at})
        ON CONFLICT (user_id, project) DO NOTHING RETURNING *`;
      if (row !== undefined) {
        changed('user', userId);
        const item = authorizationOf(row);
        tell(audit, undefined, item);
        return { kind: 'created', item };
      }
      const [granted] = await sql`SELECT id FROM authorizations WHERE user_id = ${userId} AND project = ${project}`;
      if (granted === undefined) throw new StoreUnavailable('the grant that was there is being removed');
      return { kind: 'conflict', existingId: text(granted, 'id') };
    });
  }

  /** Sees to it that a user holds at least these roles; other roles of the project stay. */
  ensure({ organizationId, userId, project, roles }: Grant): Promise<void> {
    const { changes, clock } = this.#options;
    const at = new Date(clock.now());
    return changes.transact(async (sql, changed, audit) => {
      const [before] = await sql`
        SELECT * FROM authorizations WHERE user_id = ${userId} AND project = ${project} FOR UPDATE`;
      const [after] = await sql`
        INSERT INTO authorizations AS held (id, organization_id, user_id, project, roles, created_at)
        VALUES (${newId('aut', at.getTime())}, ${organizationId}, ${userId}, ${project}, ${[...roles]}, ${at})
        ON CONFLICT (user_id, project) DO UPDATE SET roles = held.roles || ARRAY (
          SELECT role FROM unnest(excluded.roles) AS role WHERE role <> ALL (held.roles))
        RETURNING *`;
      tell(audit, before && authorizationOf(before), authorizationOf(after ?? {}));
      changed('user', userId);
    });
  }

  list(organizationId: string, { userId }: { userId?: string }, page: PageRequest): Promise<Page<Authorization>> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT * FROM authorizations
        WHERE organization_id = ${organizationId} AND id < ${idBefore(page)}
          ${userId === undefined ? sql`` : sql`AND user_id = ${userId}`}
        ORDER BY id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(authorizationOf), page.limit);
    });
  }

  find(organizationId: string, id: string): Promise<Authorization | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`SELECT * FROM authorizations WHERE organization_id = ${organizationId} AND id = ${id}`;
      return row && authorizationOf(row);
    });
  }

  remove(organizationId: string, id: string): Promise<Authorization | LastPlatformAdmin | undefined> {
    return this.#options.changes.transact(async (sql, changed, audit) => {
      const named = sql`organization_id = ${organizationId} AND id = ${id}`;
      // The user first, as a deletion of the user does it, or the two could wait for each other.
      await sql`
        SELECT id FROM users WHERE id = (SELECT user_id FROM authorizations WHERE ${named}) FOR NO KEY UPDATE`;
      const [row] = await sql`SELECT * FROM authorizations WHERE ${named} FOR UPDATE`;
      if (row === undefined) return undefined;
      const removed = authorizationOf(row);
      const ofAdmin = removed.project === builtInProject && removed.roles.includes(platformAdminRole);
      if (ofAdmin && (await leavesNoPlatformAdmin(sql, removed.userId))) return { kind: 'last_platform_admin' };
      await sql`DELETE FROM authorizations WHERE id = ${id}`;
      changed('user', removed.userId);
      tell(audit, removed, undefined);
      return removed;
    });
  }

  /** Roles that are granted and not among `known`, both as `project/role`, in every organisation; 1,000 at most. */
  dangling(known: readonly string[]): Promise<readonly DanglingRole[]> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT a.id, a.project, role, o.slug, u.username
        FROM authorizations a
        JOIN users u ON u.id = a.user_id
        JOIN organizations o ON o.id = a.organization_id,
        unnest(a.roles) AS role
        WHERE a.project || '/' || role <> ALL (${[...known]}::text[])
        ORDER BY a.project, role, a.id LIMIT 1000`;
      return rows.map((row) => ({
        authorizationId: text(row, 'id'),
        project: text(row, 'project'),
        role: text(row, 'role'),
        organizationSlug: text(row, 'slug'),
        username: text(row, 'username'),
      }));
    });
  }

  rolesOf(userId: string): Promise<readonly string[]> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT a.project || '/' || role AS role
        FROM authorizations a, unnest(a.roles) AS role
        WHERE a.user_id = ${userId} ORDER BY 1`;
      return rows.map((row) => text(row, 'role'));
    });
  }
}

function tell(audit: Audit, before: Authorization | undefined, after: Authorization | undefined): void {
  const event = grantChanged(before, after);
  if (event !== undefined) audit(event);
}
