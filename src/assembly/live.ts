import { LiveConnections } from '../gateway/live-connections.ts';
import type { Runtime } from '../gateway/runtime.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { Stores } from './stores.ts';

export interface LiveOptions {
  readonly stores: Pick<Stores, 'invalidations' | 'coordination'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** The runtime of the newest configuration. */
  readonly runtime: () => Runtime;
}

/** Everything under way on the proxy listener, made to obey what the stores tell of changes. */
export function watchLive(options: LiveOptions): { live: LiveConnections; stop: () => void } {
  const { stores, clock, logger, metrics, runtime } = options;
  const live = new LiveConnections({
    clock,
    runtime,
    freshness: stores.coordination.freshness,
    onEnded: (kind, reason) => metrics.live.ended(kind, reason),
    onFault: (error, requestId) =>
      logger.error({ err: error, request_id: requestId }, 'the gateway failed to judge a request again'),
  });
  metrics.live.watch(() => live.counts());
  const unsubscribe = stores.invalidations.subscribe(
    (keys) => live.invalidated(keys),
    () => live.missedChanges(),
  );
  const stopWatching = live.watch();
  const stop = (): void => {
    unsubscribe();
    stopWatching();
  };
  return { live, stop };
}
