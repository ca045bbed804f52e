import type { ChainHead } from '../core/audit-record.ts';
import type { Database } from '../db/client.ts';
import { integer, text } from '../lib/row.ts';

/** Heads that one line of the log names. */
const headsPerLine = 100;

/** Remembers which chains have grown, and tells where they end, for the program's log. */
export class HeadNotes {
  readonly #database: Database;
  #grown = new Set<string>();

  constructor(database: Database) {
    this.#database = database;
  }

  note({ organizationId }: Pick<ChainHead, 'organizationId'>): void {
    this.#grown.add(organizationId);
  }

  /**
   * The ends of the chains that have grown since the last time, as they are committed, in bundles for one line each.
   * @throws StoreUnavailable; then they count as grown still
   */
  async take(): Promise<readonly (readonly ChainHead[])[]> {
    const ids = [...this.#grown];
    if (ids.length === 0) return [];
    this.#grown = new Set();
    try {
      const rows = await this.#database.query(
        (sql) => sql`
          SELECT organization_id, seq::float8 AS seq, link FROM audit_heads
          WHERE organization_id = ANY (${ids}::text[]) AND seq > 0 ORDER BY organization_id`,
      );
      const heads = rows.map((row) => ({
        organizationId: text(row, 'organization_id'),
        seq: integer(row, 'seq'),
        link: text(row, 'link'),
      }));
      const lines = Math.ceil(heads.length / headsPerLine);
      return Array.from({ length: lines }, (_, line) => heads.slice(line * headsPerLine, (line + 1) * headsPerLine));
    } catch (error) {
      for (const id of ids) this.#grown.add(id);
      throw error;
    }
  }
}
