import type { Changed, Conflict, Created } from '../admin-api/ports/changes.ts';
import type { Organizations } from '../admin-api/ports/directory.ts';
import type { Organization, Page } from '../core/directory.ts';
import type { OrganizationStatus } from '../core/token-record.ts';
import type { ChangeLog, Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { idBefore, isId, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import { organizationChanged, organizationCreated } from './organization-audit.ts';
import { organizationOf } from './rows.ts';

export interface DirectoryOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
}

export class PostgresOrganizations implements Organizations {
  readonly #options: DirectoryOptions;

  constructor(options: DirectoryOptions) {
    this.#options = options;
  }

  create(input: { slug: string; name: string }): Promise<Created<Organization> | Conflict> {
    const { changes, clock } = this.#options;
    const at = new Date(clock.now());
    const columns = { ...input, id: newId('org', at.getTime()), created_at: at, changed_at: at };
    return changes.transact(async (sql, _, audit) => {
      const [row] = await sql`INSERT INTO organizations ${sql(columns)} ON CONFLICT (slug) DO NOTHING RETURNING *`;
      if (row !== undefined) {
        const item = organizationOf(row);
        audit(organizationCreated(item));
        return { kind: 'created', item };
      }
      const [taken] = await sql`SELECT id FROM organizations WHERE slug = ${input.slug}`;
      return { kind: 'conflict', existingId: text(taken ?? {}, 'id') };
    });
  }

  find(reference: string): Promise<Organization | undefined> {
    return this.#options.database.query(async (sql) => {
      const column = isId(reference) ? 'id' : 'slug';
      const [row] = await sql`SELECT * FROM organizations WHERE ${sql(column)} = ${reference}`;
      return row && organizationOf(row);
    });
  }

  list(page: PageRequest): Promise<Page<Organization>> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT * FROM organizations WHERE id < ${idBefore(page)} ORDER BY id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(organizationOf), page.limit);
    });
  }

  change(id: string, change: { name?: string; status?: OrganizationStatus }): Changed<Organization> {
    const { changes, clock } = this.#options;
    const columns = { ...change, changed_at: new Date(clock.now()) };
    return changes.transact(async (sql, changed, audit) => {
      const [held] = await sql`SELECT * FROM organizations WHERE id = ${id} FOR NO KEY UPDATE`;
      if (held === undefined) return undefined;
      const [row] = await sql`UPDATE organizations SET ${sql(columns)} WHERE id = ${id} RETURNING *`;
      const after = organizationOf(row ?? {});
      const event = organizationChanged(organizationOf(held), after);
      if (event !== undefined) audit(event);
      changed('organization', id);
      return after;
    });
  }
}
