import type { GatewayConfig } from '../config/compiled.ts';
import type { WebhookDeliveries } from '../core/webhook-delivery.ts';
import type { Store } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { ClaimedDelivery, Settlement } from '../webhooks/delivery.ts';
import { WebhookDispatcher } from '../webhooks/dispatcher.ts';
import { warnOfExpiry } from '../webhooks/expiry-warnings.ts';
import { HttpSender } from '../webhooks/http-sender.ts';
import { PostgresDeliveryList } from '../webhooks/postgres-delivery-list.ts';
import { PostgresDeliveryQueue } from '../webhooks/postgres-delivery-queue.ts';
import { PostgresExpiryWalk } from '../webhooks/postgres-expiry-walk.ts';
import { readSessionUsage } from '../tokens/postgres-session-usage.ts';
import { PostgresOutbox } from '../webhooks/postgres-outbox.ts';
import { PostgresSessionReports } from '../webhooks/postgres-session-reports.ts';
import { Rounds } from '../webhooks/rounds.ts';

export interface WebhookOptions {
  readonly store: Store;
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly version: string;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Tells targets of events until it is closed. */
export interface WebhookSending {
  readonly deliveries: WebhookDeliveries;
  close(): Promise<void>;
}

const upkeepEveryMs = 15_000;
const reportsEveryMs = 2000;
/** How often a node asks whether it is its turn, which comes once a minute. */
const warningsEveryMs = 10_000;

/** Joins the parts. Everything goes through the admin pool, so that it never stands in the way of a lookup. */
export function sendWebhooks(options: WebhookOptions): WebhookSending {
  const { store, config, clock, version, logger } = options;
  const targets = config.webhooks;
  const deliveries = new PostgresDeliveryList(store.admin);
  if (targets.length === 0) return { deliveries, close: () => Promise.resolve() };
  const queue = new PostgresDeliveryQueue(store.admin);
  const sender = new HttpSender(clock, version);
  const onFault = (error: unknown): void => logger.error({ err: error }, 'webhooks came upon a fault');
  const dispatcher = new WebhookDispatcher({
    queue,
    targets,
    send: (target, delivery) => sender.send(target, delivery),
    random: Math.random,
    onSettled: (target, delivery, settlement) => record(options, target, { delivery, settlement }),
    onFault,
  });
  const outbox = new PostgresOutbox({ database: store.admin, targets, clock });
  const walk = new PostgresExpiryWalk({ database: store.admin, outbox });
  const reports = new PostgresSessionReports({ database: store.admin, outbox, usageOf: readSessionUsage, clock });
  const onWarned = (): void => dispatcher.wake();
  const warnings = new Rounds({
    everyMs: warningsEveryMs,
    onFault,
    task: () => warnOfExpiry({ walk, targets, clock, onWarned }),
  });
  const sessions = new Rounds({ everyMs: reportsEveryMs, onFault, task: () => tellOfSessions(reports, onWarned) });
  const upkeep = new Rounds({ everyMs: upkeepEveryMs, onFault, task: () => keepUp(options, queue) });
  for (const part of [dispatcher, warnings, sessions, upkeep]) part.start();
  return {
    deliveries,
    close: async () => {
      await Promise.all([warnings.close(), sessions.close(), upkeep.close()]);
      await dispatcher.close(() => sender.close());
    },
  };
}

async function tellOfSessions(reports: PostgresSessionReports, onTold: () => void): Promise<void> {
  while ((await reports.tell()) > 0) onTold();
}

async function keepUp({ config, metrics, logger }: WebhookOptions, queue: PostgresDeliveryQueue): Promise<void> {
  const names = config.webhooks.map(({ name }) => name);
  for (const target of await queue.giveUp(names)) {
    if (names.includes(target)) metrics.webhooks.settled(target, 'dead');
    logger.error({ target }, 'a webhook is given up');
  }
  const pending = await queue.pending();
  for (const name of names) metrics.webhooks.pending(name, pending.get(name) ?? 0);
  await queue.prune();
}

function record(
  { metrics, logger }: WebhookOptions,
  target: string,
  { delivery, settlement }: { readonly delivery: ClaimedDelivery; readonly settlement: Settlement },
): void {
  const about = { target, event: delivery.eventId, type: delivery.type, attempt: delivery.attempt };
  switch (settlement.kind) {
    case 'delivered':
      metrics.webhooks.settled(target, 'delivered');
      break;
    case 'retry': {
      metrics.webhooks.settled(target, 'failed');
      const { reason, afterMs } = settlement;
      logger.warn({ ...about, reason, retry_in_seconds: Math.round(afterMs / 1000) }, 'a webhook was not taken');
      break;
    }
    case 'dead':
      metrics.webhooks.settled(target, 'dead');
      logger.error({ ...about, reason: settlement.reason }, 'a webhook is given up');
      break;
    case 'given_back':
      break;
  }
}
