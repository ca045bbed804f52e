import type { Database, Fragment, Sql } from '../db/client.ts';
import { unreachable } from '../lib/assert.ts';
import { integer, text, type Row } from '../lib/row.ts';
import type { ClaimedDelivery, DeliveryQueue, Settlement } from './delivery.ts';
import { attemptsMax } from './retry-schedule.ts';

/** What waits for a target that this node does not know is given up after this time, retries having had theirs. */
const unknownTargetDays = 4;
const keptDays = 30;
/** As many rows go in one statement, so that none takes long. */
const pruneRows = 1000;

/** The deliveries in the database, by its clock. */
export class PostgresDeliveryQueue implements DeliveryQueue {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  claim(target: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        WITH due AS (
          SELECT id FROM webhook_deliveries
          WHERE state = 'pending' AND target = ${target} AND next_attempt_at <= clock_timestamp()
            AND attempts < ${attemptsMax}
          ORDER BY next_attempt_at LIMIT ${limit} FOR UPDATE SKIP LOCKED
        )
        UPDATE webhook_deliveries d
        SET attempts = d.attempts + 1, next_attempt_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
        FROM due, webhook_events e WHERE d.id = due.id AND e.id = d.event_id
        RETURNING d.id, d.event_id, d.attempts, e.type, e.payload, e.organization_id,
          coalesce((SELECT slug FROM organizations o WHERE o.id = e.organization_id), '') AS organization_slug`;
      return rows.map(claimed);
    });
  }

  async settle({ id, attempt }: ClaimedDelivery, settlement: Settlement): Promise<void> {
    await this.#database.query(
      (sql) => sql`
        UPDATE webhook_deliveries SET ${assignments(sql, settlement)}
        WHERE id = ${id} AND state = 'pending' AND attempts = ${attempt}`,
    );
  }

  /**
   * Gives up what nobody will take again.
   * @param targets the names that this node knows
   * @returns the targets of what it gave up
   */
  giveUp(targets: readonly string[]): Promise<readonly string[]> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        UPDATE webhook_deliveries d
        SET state = 'dead', last_error = CASE
          WHEN d.attempts >= ${attemptsMax} THEN 'a node ended in the middle of the last attempt'
          ELSE 'gateway.yaml no longer has this target' END
        FROM webhook_events e
        WHERE e.id = d.event_id AND d.state = 'pending' AND d.next_attempt_at <= clock_timestamp() AND (
          d.attempts >= ${attemptsMax}
          OR (d.target <> ALL (${[...targets]}::text[])
            AND e.created_at < clock_timestamp() - ${unknownTargetDays} * interval '1 day'))
        RETURNING d.target`;
      return rows.map((row) => text(row, 'target'));
    });
  }

  /** How many deliveries wait, by target. */
  pending(): Promise<ReadonlyMap<string, number>> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT target, count(*)::integer AS deliveries FROM webhook_deliveries WHERE state = 'pending' GROUP BY target`;
      return new Map(rows.map((row) => [text(row, 'target'), integer(row, 'deliveries')]));
    });
  }

  /** Deletes what is older than deliveries are kept, some at a time. */
  async prune(): Promise<void> {
    await this.#database.query(
      (sql) => sql`
        DELETE FROM webhook_events WHERE id IN (
          SELECT id FROM webhook_events e
          WHERE created_at < clock_timestamp() - ${keptDays} * interval '1 day'
            AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.state = 'pending')
          ORDER BY created_at LIMIT ${pruneRows})`,
    );
    await this.#database.query(
      (sql) => sql`
        DELETE FROM token_expiry_warnings WHERE (token_id, expires_at, days) IN (
          SELECT token_id, expires_at, days FROM token_expiry_warnings
          WHERE expires_at < clock_timestamp() - ${keptDays} * interval '1 day' LIMIT ${pruneRows})`,
    );
  }
}

function assignments(sql: Sql, settlement: Settlement): Fragment {
  switch (settlement.kind) {
    case 'delivered':
      return sql`
        state = 'delivered', last_attempt_at = clock_timestamp(), last_status = ${settlement.status}, last_error = NULL`;
    case 'retry':
      return sql`
        next_attempt_at = clock_timestamp() + ${settlement.afterMs} * interval '1 millisecond',
        last_attempt_at = clock_timestamp(), last_status = ${settlement.status ?? null}, last_error = ${settlement.reason}`;
    case 'dead':
      return sql`
        state = 'dead', last_attempt_at = clock_timestamp(),
        last_status = ${settlement.status ?? null}, last_error = ${settlement.reason}`;
    case 'given_back':
      return sql`attempts = attempts - 1, next_attempt_at = clock_timestamp()`;
    default:
      return unreachable(settlement);
  }
}

function claimed(row: Row): ClaimedDelivery {
  return {
    id: text(row, 'id'),
    eventId: text(row, 'event_id'),
    type: text(row, 'type'),
    organization: { id: text(row, 'organization_id'), slug: text(row, 'organization_slug') },
    attempt: integer(row, 'attempts'),
    payload: text(row, 'payload'),
  };
}
