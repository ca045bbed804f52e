import type { GatewayConfig } from '../config/compiled.ts';
import type { Clock } from '../lib/clock.ts';
import { Throttle } from '../lib/throttle.ts';
import { NodeCounts } from '../limits/node-counts.ts';
import { RateLimiter } from '../limits/rate-limiter.ts';
import { RedisCounts } from '../limits/redis-counts.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { RedisClient } from '../tokens/redis-client.ts';

export interface RateLimitingOptions {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

export interface RateLimiting {
  readonly limiter: RateLimiter;
  /** For `/readyz?verbose`. */
  readonly note: StatusNote;
  close(): void;
}

/** How often the log says one and the same thing about Redis. */
const logEveryMs = 10_000;

/** Counts requests, in Redis where there is one: by a connection of its own, so that tokens do not wait behind counts. */
export function limitRates({ config, clock, logger, metrics }: RateLimitingOptions): RateLimiting {
  const own = new NodeCounts(clock);
  const client = openClient({ config, clock, logger, metrics });
  const shared = client && new RedisCounts(client, `wl:${config.tokens.prefix}:limit:`);
  const { rateLimits } = metrics;
  rateLimits.watch(() => own.size);
  const limiter = new RateLimiter({
    own,
    shared,
    onLimited: (route) => rateLimits.limited(route),
    onAlone: () => rateLimits.countedAlone(),
  });
  const note: StatusNote = {
    name: 'rate_limits',
    report: () => {
      if (client === undefined) return { ok: true, detail: 'counted by this node alone, for store.redis is not set' };
      return client.isOpen
        ? { ok: false, detail: 'counted by this node alone, for Redis does not answer' }
        : { ok: true, detail: 'counted in Redis, for all nodes together' };
    },
  };
  return { limiter, note, close: () => client?.close() };
}

function openClient({ config, clock, logger, metrics }: RateLimitingOptions): RedisClient | undefined {
  const address = config.store.redis;
  if (address === undefined) return undefined;
  const errors = new Throttle(clock, logEveryMs);
  return new RedisClient(address, clock, {
    onError: (reason) => {
      metrics.redis.failed();
      const unsaid = errors.take();
      if (unsaid !== undefined) logger.warn({ reason: reason.message, unsaid }, 'Redis failed to count requests');
    },
    onOutage: (reason) => {
      if (reason === undefined) logger.info('rate limits are counted in Redis again, for all nodes together');
      else logger.error({ reason: reason.message }, 'Redis does not answer; each node counts rate limits alone');
    },
  });
}
