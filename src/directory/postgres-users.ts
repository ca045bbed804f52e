import type { Conflict, Created } from '../admin-api/ports/changes.ts';
import type {
  LastPlatformAdmin,
  NeededUser,
  NewUser,
  UnfitOwner,
  UserChange,
  UserFilter,
  Users,
} from '../admin-api/ports/directory.ts';
import type { Page, User } from '../core/directory.ts';
import { platformOrganizationSlug } from '../core/scope.ts';
import type { Transaction } from '../db/client.ts';
import { newId } from '../lib/ids.ts';
import { containsPattern, idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import type { DirectoryOptions } from './postgres-organizations.ts';
import { leavesNoPlatformAdmin, platformRootName } from './postgres-platform-admins.ts';
import { userOf } from './rows.ts';
import { isFitOwner, putOnReview } from './service-owners.ts';
import { userChanged, userCreated, userDeleted } from './user-audit.ts';
import { endSessions, takeEverything } from './user-removal.ts';

export class PostgresUsers implements Users {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  create(input: NewUser): Promise<Created<User> | Conflict | UnfitOwner> {
    const { changes, clock } = this.#options;
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
    return changes.transact(async (sql, _, audit) => {
      const { ownerId } = input;
      if (ownerId !== undefined && !(await isFitOwner(sql, organizationId, ownerId))) return { kind: 'unfit_owner' };
      const [row] = await sql`
        INSERT INTO users ${sql(columns)} ON CONFLICT (organization_id, username) DO NOTHING RETURNING *`;
      if (row !== undefined) {
        const item = userOf(row);
        audit(userCreated(item));
        return { kind: 'created', item };
      }
      const [taken] = await sql`
        SELECT id FROM users WHERE organization_id = ${organizationId} AND username = ${username}`;
      return { kind: 'conflict', existingId: text(taken ?? {}, 'id') };
    });
  }

  find(organizationId: string, id: string): Promise<User | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] =
        await sql`SELECT * FROM users WHERE organization_id = ${organizationId} AND id = ${id} AND deleted_at IS NULL`;
      return row && userOf(row);
    });
  }

  findById(id: string): Promise<User | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`SELECT * FROM users WHERE id = ${id} AND deleted_at IS NULL`;
      return row && userOf(row);
    });
  }

  list(organizationId: string, { kind, search, review }: UserFilter, page: PageRequest): Promise<Page<User>> {
    return this.#options.database.query(async (sql) => {
      const ofKind = kind === undefined ? sql`` : sql`AND kind = ${kind}`;
      const onReview = review === true ? sql`AND review_since IS NOT NULL` : sql``;
      const pattern = containsPattern(search ?? '');
      const found = sql`AND (lower(username) LIKE lower(${pattern} COLLATE "C")
        OR lower(name COLLATE "C") LIKE lower(${pattern} COLLATE "C"))`;
      const rows = await sql`
        SELECT * FROM users
        WHERE organization_id = ${organizationId} AND deleted_at IS NULL AND id < ${idBefore(page)}
          ${ofKind} ${onReview} ${search === undefined ? sql`` : found}
        ORDER BY id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(userOf), page.limit);
    });
  }

  change(
    organizationId: string,
    id: string,
    change: UserChange,
  ): Promise<User | LastPlatformAdmin | UnfitOwner | undefined> {
    const { changes, clock } = this.#options;
    const at = new Date(clock.now());
    return changes.transact(async (sql, changed, audit) => {
      const before = await lockUser(sql, organizationId, id);
      if (before === undefined) return undefined;
      const ends = change.status === 'disabled' && before.status === 'active';
      if (ends && (await leavesNoPlatformAdmin(sql, id))) return { kind: 'last_platform_admin' };
      const { ownerId } = change;
      if (typeof ownerId === 'string' && !(await isFitOwner(sql, organizationId, ownerId)))
        return { kind: 'unfit_owner' };
      const [row] = await sql`UPDATE users SET ${sql(columnsOf(change, at))} WHERE id = ${id} RETURNING *`;
      const after = userOf(row ?? {});
      const event = userChanged(before, after);
      if (event !== undefined) audit(event);
      if (ends) {
        await endSessions(sql, id);
        await putOnReview(sql, id, { reason: 'owner_disabled', at, audit });
      }
      changed('user', id);
      return after;
    });
  }

  remove(
    organizationId: string,
    id: string,
    removedBy: string,
  ): Promise<User | LastPlatformAdmin | NeededUser | undefined> {
    const { changes, clock } = this.#options;
    const at = new Date(clock.now());
    return changes.transact(async (sql, changed, audit) => {
      const before = await lockUser(sql, organizationId, id);
      if (before === undefined) return undefined;
      if (await isPlatformRoot(sql, before)) return { kind: 'needed_user' };
      if (await leavesNoPlatformAdmin(sql, id)) return { kind: 'last_platform_admin' };
      const lost = await takeEverything(sql, { userId: id, removedBy, at, changed });
      const [row] = await sql`
        UPDATE users SET status = 'disabled', deleted_at = ${at}, changed_at = ${at}, review_since = NULL, review_reason = NULL
        WHERE id = ${id} RETURNING *`;
      audit(userDeleted(before, { tokens_revoked: lost.tokens, roles_ended: lost.roles }));
      await putOnReview(sql, id, { reason: 'owner_deleted', at, audit });
      changed('user', id);
      return userOf(row ?? {});
    });
  }
}

/** The user as it is until the transaction ends. */
async function lockUser(sql: Transaction, organizationId: string, id: string): Promise<User | undefined> {
  const [row] = await sql`
    SELECT * FROM users
    WHERE organization_id = ${organizationId} AND id = ${id} AND deleted_at IS NULL FOR UPDATE`;
  return row && userOf(row);
}

async function isPlatformRoot(sql: Transaction, { organizationId, username }: User): Promise<boolean> {
  if (username !== platformRootName) return false;
  const [platform] = await sql`
    SELECT id FROM organizations WHERE id = ${organizationId} AND slug = ${platformOrganizationSlug}`;
  return platform !== undefined;
}

/** The columns that a change sets. Another owner, or a word of an admin, takes a service user off the review list. */
function columnsOf({ ownerId, email, reviewed, ...same }: UserChange, at: Date): Record<string, unknown> {
  const settled = reviewed === true || typeof ownerId === 'string';
  return {
    ...same,
    ...(ownerId !== undefined && { owner_id: ownerId }),
    ...(email !== undefined && { email, email_verified: false }),
    ...(settled && { review_since: null, review_reason: null }),
    changed_at: at,
  };
}
