import {
  webhookDeliveryStates,
  type WebhookDeliveries,
  type WebhookDelivery,
  type WebhookDeliveryFilter,
} from '../core/webhook-delivery.ts';
import type { Page } from '../core/directory.ts';
import type { Database } from '../db/client.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { instant, instantOrNull, integer, oneOf, text, textOrNull, type Row } from '../lib/row.ts';

/** Reads the deliveries, newest first. */
export class PostgresDeliveryList implements WebhookDeliveries {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list({ state, target }: WebhookDeliveryFilter, page: PageRequest): Promise<Page<WebhookDelivery>> {
    return this.#database.query(async (sql) => {
      const rows = await sql`
        SELECT
          d.id, d.event_id, e.type, e.organization_id, d.target, d.state, d.attempts, e.created_at,
          CASE WHEN d.state = 'pending' THEN d.next_attempt_at END AS next_attempt_at,
          d.last_attempt_at, d.last_status, d.last_error
        FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id
        WHERE d.id < ${idBefore(page)}
        ${state === undefined ? sql`` : sql`AND d.state = ${state}`}
        ${target === undefined ? sql`` : sql`AND d.target = ${target}`}
        ORDER BY d.id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(delivery), page.limit);
    });
  }
}

function delivery(row: Row): WebhookDelivery {
  return {
    id: text(row, 'id'),
    eventId: text(row, 'event_id'),
    type: text(row, 'type'),
    organizationId: text(row, 'organization_id'),
    target: text(row, 'target'),
    state: oneOf(row, 'state', webhookDeliveryStates),
    attempts: integer(row, 'attempts'),
    createdAtMs: instant(row, 'created_at'),
    nextAttemptAtMs: instantOrNull(row, 'next_attempt_at'),
    lastAttemptAtMs: instantOrNull(row, 'last_attempt_at'),
    lastStatus: row['last_status'] === null ? null : integer(row, 'last_status'),
    lastError: textOrNull(row, 'last_error'),
  };
}
