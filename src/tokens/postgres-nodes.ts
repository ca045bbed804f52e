import type { ServingNode } from '../admin-api/ports/nodes.ts';
import type { Database } from '../db/client.ts';
import { instant, integer, text, type Row } from '../lib/row.ts';
import { leaseMs, nodeState, type NodeIdentity, type Nodes } from './nodes.ts';

/** Leases in the table `nodes`, by the clock of the database. */
export class PostgresNodes implements Nodes {
  readonly #database: Database;
  readonly #self: NodeIdentity;

  constructor(database: Database, self: NodeIdentity) {
    this.#database = database;
    this.#self = self;
  }

  async renew(acknowledged: number): Promise<void> {
    const { id, name, version, revision, startedAtMs, staleForMs } = this.#self;
    const address = this.#self.address();
    await this.#database.query(
      (sql) => sql`
        INSERT INTO nodes (
          id, name, address, version, revision, started_at, renewed_at, acknowledged, stale_for_ms, lease_ms)
        VALUES (
          ${id}, ${name}, ${address}, ${version}, ${revision}, ${new Date(startedAtMs)}, clock_timestamp(),
          ${acknowledged}, ${staleForMs}, ${leaseMs(staleForMs)})
        ON CONFLICT (id) DO UPDATE SET
          renewed_at = excluded.renewed_at, acknowledged = excluded.acknowledged, address = excluded.address,
          revision = excluded.revision, stale_for_ms = excluded.stale_for_ms, lease_ms = excluded.lease_ms`,
    );
  }

  async release(): Promise<void> {
    await this.#database.query((sql) => sql`DELETE FROM nodes WHERE id = ${this.#self.id}`);
  }

  list(): Promise<readonly ServingNode[]> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT
          id, name, address, version, revision, started_at, renewed_at, acknowledged::float8 AS acknowledged,
          stale_for_ms::float8 AS stale_for_ms, lease_ms::float8 AS lease_ms,
          greatest(0, round(extract(epoch FROM clock_timestamp() - renewed_at) * 1000))::float8 AS silent_for_ms
        FROM nodes
        WHERE renewed_at > clock_timestamp() - interval '1 day' - lease_ms * interval '1 millisecond'
        -- Those that count come first: a thousand may die in a day, one start after the other.
        ORDER BY renewed_at > clock_timestamp() - lease_ms * interval '1 millisecond' DESC, name, id LIMIT 1000`;
      return rows.map(servingNode);
    });
  }

  async prune(): Promise<void> {
    await this.#database.query(
      (sql) => sql`
        DELETE FROM nodes WHERE renewed_at < clock_timestamp() - interval '1 day' - lease_ms * interval '1 millisecond'`,
    );
  }
}

function servingNode(row: Row): ServingNode {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    address: text(row, 'address'),
    version: text(row, 'version'),
    revision: text(row, 'revision'),
    startedAtMs: instant(row, 'started_at'),
    renewedAtMs: instant(row, 'renewed_at'),
    acknowledged: integer(row, 'acknowledged'),
    staleForMs: integer(row, 'stale_for_ms'),
    state: nodeState(integer(row, 'silent_for_ms'), integer(row, 'lease_ms')),
  };
}
