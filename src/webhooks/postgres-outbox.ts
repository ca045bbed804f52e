import { isTold, type WebhookEvent, type WebhookTarget } from '../core/webhook.ts';
import type { Database, Queryable } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { text } from '../lib/row.ts';

export interface OutboxOptions {
  readonly database: Database;
  readonly targets: readonly WebhookTarget[];
  readonly clock: Pick<Clock, 'now'>;
}

/** Where events are put that targets are to be told of. What is in it is sent, whatever becomes of this node. */
export class PostgresOutbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Puts in an event by itself. @throws StoreUnavailable */
  notify(event: WebhookEvent): Promise<void> {
    return this.#options.database.transaction((sql) => this.add(sql, [event]));
  }

  /** Puts in events within a transaction, so that they are told of if and only if it is committed. */
  async add(sql: Queryable, events: readonly WebhookEvent[]): Promise<void> {
    const { targets, clock } = this.#options;
    if (targets.length === 0 || events.length === 0) return;
    const slugs = await slugsOf(sql, events);
    const messages = events.flatMap((event) => {
      const { type, organizationId } = event;
      const organization = { id: organizationId, slug: slugs.get(organizationId) ?? '' };
      const told = targets.filter((target) => isTold(target, type, organization));
      const id = newId('msg', clock.now());
      return told.length === 0 ? [] : [{ id, type, organization_id: organizationId, payload: payloadOf(event), told }];
    });
    const deliveries = messages.flatMap(({ id, told }) =>
      told.map(({ name }) => ({ id: newId('dlv', clock.now()), event_id: id, target: name })),
    );
    await sql`
      INSERT INTO webhook_events (id, type, organization_id, payload)
      SELECT id, type, organization_id, payload
      FROM jsonb_to_recordset(${JSON.stringify(messages)}::text::jsonb)
        AS given (id text, type text, organization_id text, payload text)`;
    await sql`
      INSERT INTO webhook_deliveries (id, event_id, target)
      SELECT id, event_id, target
      FROM jsonb_to_recordset(${JSON.stringify(deliveries)}::text::jsonb) AS given (id text, event_id text, target text)`;
  }
}

/** The body, as Standard Webhooks has it. */
function payloadOf({ type, at, data }: WebhookEvent): string {
  return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
}

async function slugsOf(sql: Queryable, events: readonly WebhookEvent[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(events.map(({ organizationId }) => organizationId))];
  const rows = await sql`SELECT id, slug FROM organizations WHERE id = ANY (${ids}::text[])`;
  return new Map(rows.map((row) => [text(row, 'id'), text(row, 'slug')]));
}
