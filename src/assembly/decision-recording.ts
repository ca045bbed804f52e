import type { Store } from '../db/store.ts';
import { DecisionGatherer } from '../decisions/gatherer.ts';
import { PostgresDecisions } from '../decisions/postgres-decisions.ts';
import { DecisionWriter } from '../decisions/writer.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';

export interface DecisionOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Remembers what is decided on this node and writes it down until it is closed. */
export interface DecisionRecording {
  readonly gatherer: Pick<DecisionGatherer, 'note'>;
  /** Writes down what there is now, for somebody who is about to read it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Joins the parts. Writing goes through the admin pool, so that it never stands in the way of a lookup. */
export function recordDecisions({ store, clock, logger, metrics }: DecisionOptions): DecisionRecording {
  const onDropped = (requests: number): void => metrics.decisionsDropped(requests);
  const gatherer = new DecisionGatherer(clock, onDropped);
  const writer = new DecisionWriter({
    gatherer,
    store: new PostgresDecisions(store.admin, clock),
    onDropped,
    onFault: (error) => logger.error({ err: error }, 'decisions could not be written down'),
  });
  writer.start();
  return { gatherer, flush: () => writer.flush(), close: () => writer.close() };
}
