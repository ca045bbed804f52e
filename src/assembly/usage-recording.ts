import type { Store } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { PostgresUsage } from '../tokens/postgres-usage.ts';
import { UsageGatherer } from '../tokens/usage.ts';
import { UsageWriter } from '../tokens/usage-writer.ts';

export interface UsageOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Gathers how tokens are used on this node and writes it down until it is closed. */
export interface UsageRecording {
  readonly gatherer: Pick<UsageGatherer, 'note' | 'noteSession'>;
  close(): Promise<void>;
}

/** Joins the parts. Writing goes through the admin pool, so that it never stands in the way of a lookup. */
export function recordUsage({ store, clock, logger, metrics }: UsageOptions): UsageRecording {
  const onDropped = (uses: number): void => metrics.usageDropped(uses);
  const gatherer = new UsageGatherer(clock, onDropped);
  const writer = new UsageWriter({
    gatherer,
    store: new PostgresUsage(store.admin, clock),
    onDropped,
    onFault: (error) => logger.error({ err: error }, 'usage could not be written down'),
  });
  writer.start();
  return { gatherer, close: () => writer.close() };
}
