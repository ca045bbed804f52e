import type { Authorizations, Conflict, Created, LastPlatformAdmin } from '../admin-api/ports.ts';
import type { Authorization, Page } from '../core/directory.ts';
import { builtInProject } from '../core/scope.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import { newId } from '../lib/ids.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
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
    return changes.transact(async (sql, changed) => {
      const [row] = await sql`
        INSERT INTO authorizations (id, organization_id, user_id, project, roles, created_at)
        VALUES (${newId('aut', at.getTime())}, ${organizationId}, ${userId}, ${project}, ${roles}, ${at})
        ON CONFLICT (user_id, project) DO NOTHING RETURNING *`;
      if (row !== undefined) {
        changed('user', userId);
        return { kind: 'created', item: authorizationOf(row) };
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
    return changes.transact(async (sql, changed) => {
      await sql`
        INSERT INTO authorizations AS held (id, organization_id, user_id, project, roles, created_at)
        VALUES (${newId('aut', at.getTime())}, ${organizationId}, ${userId}, ${project}, ${[...roles]}, ${at})
        ON CONFLICT (user_id, project) DO UPDATE SET roles = held.roles || ARRAY (
          SELECT role FROM unnest(excluded.roles) AS role WHERE role <> ALL (held.roles))`;
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
    return this.#options.changes.transact(async (sql, changed) => {
      const [row] = await sql`
        SELECT * FROM authorizations WHERE organization_id = ${organizationId} AND id = ${id} FOR UPDATE`;
      if (row === undefined) return undefined;
      const removed = authorizationOf(row);
      const ofAdmin = removed.project === builtInProject && removed.roles.includes(platformAdminRole);
      if (ofAdmin && (await leavesNoPlatformAdmin(sql, removed.userId))) return { kind: 'last_platform_admin' };
      await sql`DELETE FROM authorizations WHERE id = ${id}`;
      changed('user', removed.userId);
      return removed;
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
