import type { Conflict, Created, LastPlatformAdmin, NewUser, UserChange, Users } from '../admin-api/ports.ts';
import type { Page, User } from '../core/directory.ts';
import type { UserKind } from '../core/token-record.ts';
import { newId } from '../lib/ids.ts';
import { containsPattern, idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import type { DirectoryOptions } from './postgres-organizations.ts';
import { leavesNoPlatformAdmin } from './postgres-platform-admins.ts';
import { userOf } from './rows.ts';

export class PostgresUsers implements Users {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  create(input: NewUser): Promise<Created<User> | Conflict> {
    const { database, clock } = this.#options;
    const { organizationId, username } = input;
    const at = new Date(clock.now());
    const columns = {
      id: newId('usr', at.getTime()),
      organization_id: organizationId,
      kind: input.kind,
      username,
      name: input.name,
      email: input.email ?? null,
      access_token_type: input.accessTokenType,
      owner_id: input.ownerId ?? null,
      purpose: input.purpose ?? null,
      created_at: at,
      changed_at: at,
    };
    return database.query(async (sql) => {
      const [row] = await sql`
        INSERT INTO users ${sql(columns)} ON CONFLICT (organization_id, username) DO NOTHING RETURNING *`;
      if (row !== undefined) return { kind: 'created', item: userOf(row) };
      const [taken] = await sql`
        SELECT id FROM users WHERE organization_id = ${organizationId} AND username = ${username}`;
      return { kind: 'conflict', existingId: text(taken ?? {}, 'id') };
    });
  }

  find(organizationId: string, id: string): Promise<User | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`SELECT * FROM users WHERE organization_id = ${organizationId} AND id = ${id}`;
      return row && userOf(row);
    });
  }

  findById(id: string): Promise<User | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`SELECT * FROM users WHERE id = ${id}`;
      return row && userOf(row);
    });
  }

  list(
    organizationId: string,
    { kind, search }: { kind?: UserKind; search?: string },
    page: PageRequest,
  ): Promise<Page<User>> {
    return this.#options.database.query(async (sql) => {
      const ofKind = kind === undefined ? sql`` : sql`AND kind = ${kind}`;
      const pattern = containsPattern(search ?? '');
      const found = sql`AND (lower(username) LIKE lower(${pattern} COLLATE "C")
        OR lower(name COLLATE "C") LIKE lower(${pattern} COLLATE "C"))`;
      const rows = await sql`
        SELECT * FROM users
        WHERE organization_id = ${organizationId} AND id < ${idBefore(page)} ${ofKind} ${search === undefined ? sql`` : found}
        ORDER BY id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(userOf), page.limit);
    });
  }

  change(organizationId: string, id: string, change: UserChange): Promise<User | LastPlatformAdmin | undefined> {
    const { changes, clock } = this.#options;
    const { ownerId, email, ...same } = change;
    const columns = {
      ...same,
      ...(ownerId !== undefined && { owner_id: ownerId }),
      ...(email !== undefined && { email, email_verified: false }),
      changed_at: new Date(clock.now()),
    };
    return changes.transact(async (sql, changed) => {
      const last = change.status === 'disabled' && (await leavesNoPlatformAdmin(sql, id));
      if (last) return { kind: 'last_platform_admin' };
      const [row] = await sql`
        UPDATE users SET ${sql(columns)} WHERE organization_id = ${organizationId} AND id = ${id} RETURNING *`;
      if (row === undefined) return undefined;
      changed('user', id);
      return userOf(row);
    });
  }
}
