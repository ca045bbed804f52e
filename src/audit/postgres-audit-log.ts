import type { AuditLog } from '../admin-api/ports/audit.ts';
import type { AuditFilter, AuditVerification, ChainHead, LinkedRow } from '../core/audit-record.ts';
import type { Page } from '../core/directory.ts';
import type { Database, Fragment, Queryable } from '../db/client.ts';
import { firstIdOf } from '../lib/ids.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import type { AuditChain } from './audit-chain.ts';
import { linkedRowOf } from './audit-row.ts';
import { PostgresAuditChecks } from './postgres-audit-checks.ts';

const rowsPerBatch = 500;

/** Reads the audit log. */
export class PostgresAuditLog implements AuditLog {
  readonly #database: Database;
  readonly #chain: AuditChain;

  constructor(database: Database, chain: AuditChain) {
    this.#database = database;
    this.#chain = chain;
  }

  list(filter: AuditFilter, page: PageRequest): Promise<Page<LinkedRow>> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT *, seq::float8 AS seq FROM audit_log
        WHERE id < ${idBefore(page)} ${matching(sql, filter)}
        ORDER BY id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(linkedRowOf), page.limit);
    });
  }

  async *batches(filter: AuditFilter): AsyncGenerator<readonly LinkedRow[]> {
    let last: { organizationId: string; seq: number } | undefined = { organizationId: '', seq: 0 };
    while (last !== undefined) {
      const { organizationId, seq }: { organizationId: string; seq: number } = last;
      const rows: readonly LinkedRow[] = await this.#database.query(async (sql) => {
        const found = await sql`
          SELECT *, seq::float8 AS seq FROM audit_log
          WHERE (organization_id, audit_log.seq) > (${organizationId}, ${seq}) ${matching(sql, filter)}
          ORDER BY organization_id, audit_log.seq LIMIT ${rowsPerBatch}`;
        return found.map(linkedRowOf);
      });
      yield rows;
      last = rows.length === rowsPerBatch ? rows.at(-1) : undefined;
    }
  }

  verify(organizationIds: readonly string[] | undefined, against: readonly ChainHead[]): Promise<AuditVerification> {
    return new PostgresAuditChecks(this.#database, this.#chain).verify(organizationIds, against);
  }

  sealExport(rows: number, sha256: string): string {
    return this.#chain.sealExport(rows, sha256);
  }

  isExportSeal(seal: string, rows: number, sha256: string): boolean {
    return this.#chain.isExportSeal(seal, rows, sha256);
  }
}

/** Times are asked of the ids, which begin with them and which every index ends with. */
function matching(sql: Queryable, filter: AuditFilter): Fragment {
  const { organizationIds, actorId, targetId, action, requestId, sinceMs, untilMs } = filter;
  return sql`
    ${organizationIds === undefined ? sql`` : sql`AND organization_id = ANY (${[...organizationIds]}::text[])`}
    ${actorId === undefined ? sql`` : sql`AND coalesce(actor_id, user_id) = ${actorId}`}
    ${targetId === undefined ? sql`` : sql`AND target_id = ${targetId}`}
    ${action === undefined ? sql`` : sql`AND action = ${action}`}
    ${requestId === undefined ? sql`` : sql`AND request_id = ${requestId}`}
    ${sinceMs === undefined ? sql`` : sql`AND id >= ${firstIdOf('aud', sinceMs)}`}
    ${untilMs === undefined ? sql`` : sql`AND id < ${firstIdOf('aud', untilMs)}`}`;
}
