import { readWebhookKey, type WebhookEvent, type WebhookTarget } from '../../src/core/webhook.ts';
import type { Store } from '../../src/db/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Settlement } from '../../src/webhooks/delivery.ts';
import { WebhookDispatcher } from '../../src/webhooks/dispatcher.ts';
import { HttpSender } from '../../src/webhooks/http-sender.ts';
import { PostgresDeliveryQueue } from '../../src/webhooks/postgres-delivery-queue.ts';
import { PostgresOutbox } from '../../src/webhooks/postgres-outbox.ts';
import { onCleanup } from '../support/cleanup.ts';
import { webhookKey, type Receiver } from './receiver.ts';

/** A target that is told of everything. */
export function targetOf(receiver: Pick<Receiver, 'url'>, given: Partial<WebhookTarget> = {}): WebhookTarget {
  const key = readWebhookKey(webhookKey);
  if (key === undefined) throw new Error('the key of the tests is none');
  const usual = { name: 'ops', events: ['token.expiring'], organizations: undefined, timeoutMs: 5000 } as const;
  return { ...usual, url: receiver.url, key, ...given };
}

export interface SendingNode {
  readonly outbox: PostgresOutbox;
  readonly queue: PostgresDeliveryQueue;
  readonly dispatcher: WebhookDispatcher;
  readonly settled: Settlement[];
  readonly faults: unknown[];
  stop(): Promise<void>;
}

/** What a gateway does about webhooks, on its own, and quicker. */
export function startSending(store: Store, targets: readonly WebhookTarget[]): SendingNode {
  const queue = new PostgresDeliveryQueue(store.admin);
  const outbox = new PostgresOutbox({ database: store.admin, targets, clock: systemClock });
  const sender = new HttpSender(systemClock, '1.2.3');
  const [settled, faults]: [Settlement[], unknown[]] = [[], []];
  const dispatcher = new WebhookDispatcher({
    queue,
    targets,
    send: (target, delivery) => sender.send(target, delivery),
    random: () => 0.5,
    onSettled: (_, __, settlement) => settled.push(settlement),
    onFault: (error) => faults.push(error),
    everyMs: 20,
  });
  dispatcher.start();
  const stop = (): Promise<void> => dispatcher.close(() => sender.close());
  onCleanup(stop);
  return { outbox, queue, dispatcher, settled, faults, stop };
}

/** An event of an organisation. */
export function eventOf(organizationId: string, data: WebhookEvent['data'] = { days: 7 }): WebhookEvent {
  return { type: 'token.expiring', organizationId, at: Date.UTC(2030, 0, 1), data };
}

/** Makes what waits due, as if the time had passed. */
export async function letTimePass(store: Store): Promise<void> {
  await store.admin.query(
    (sql) => sql`
    UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp() WHERE state = 'pending'`,
  );
}
