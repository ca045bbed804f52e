import type { RedisAddress } from '../core/redis-url.ts';
import type { SecretKey } from '../core/secret-key.ts';
import type { Clock } from '../lib/clock.ts';
import { Throttle } from '../lib/throttle.ts';
import type { Logger } from '../observability/logger.ts';
import type { RedisMetrics } from '../observability/redis-metrics.ts';
import type { Push } from '../tokens/push.ts';
import { RedisClient } from '../tokens/redis-client.ts';
import { RedisPush } from '../tokens/redis-push.ts';
import { RedisTier, type ValueAlarm } from '../tokens/redis-tier.ts';
import type { SharedTier } from '../tokens/shared-tier.ts';

export interface SharedRedisOptions {
  readonly address: RedisAddress;
  readonly secretKey: SecretKey;
  /** What every key and channel begins with, such as `wl:acme:`. */
  readonly prefix: string;
  /** How long a token's record is kept. */
  readonly lifetimeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: RedisMetrics;
}

/** What the nodes share through Redis. */
export interface SharedRedis {
  readonly tier: SharedTier;
  readonly push: Push;
  close(): Promise<void>;
}

/** How often the log says one and the same thing about Redis. */
const logEveryMs = 10_000;

/** Connects to Redis, in the background: while it is away there are misses and no news, and nothing waits for it. */
export function openSharedRedis(options: SharedRedisOptions): SharedRedis {
  const { address, secretKey, prefix, lifetimeMs, clock } = options;
  const { onError, onOutage, onAlarm } = reports(options);
  const client = new RedisClient(address, clock, { onError, onOutage });
  const key = secretKey.deriveKey('redis');
  const tier = new RedisTier({ client, clock, key, keyPrefix: prefix, lifetimeMs, onAlarm });
  const push = new RedisPush({
    client,
    address,
    key: secretKey.deriveKey('bus'),
    channel: `${prefix}changes`,
    onAlarm: () => onAlarm('message'),
    onError,
  });
  const close = async (): Promise<void> => {
    await push.close();
    client.close();
  };
  return { tier, push, close };
}

/** Tells the metrics each time, and the log now and then. */
function reports({ clock, logger, metrics }: SharedRedisOptions) {
  const errors = new Throttle(clock, logEveryMs);
  const alarms = new Throttle(clock, logEveryMs);
  return {
    onError: (reason: Error): void => {
      metrics.failed();
      const unsaid = errors.take();
      if (unsaid !== undefined) logger.warn({ reason: reason.message, unsaid }, 'Redis failed');
    },
    onOutage: (reason: Error | undefined): void => {
      metrics.breakerOpen(reason !== undefined);
      if (reason === undefined) logger.info('Redis answers again');
      else logger.error({ reason: reason.message }, 'Redis does not answer; tokens are read from Postgres');
    },
    onAlarm: (alarm: ValueAlarm | 'message'): void => {
      metrics.alarmed(alarm);
      const unsaid = alarms.take();
      const advice = 'something in Redis was not written there by a node with this WAYLEAVE_SECRET_KEY; it is ignored';
      if (unsaid !== undefined) logger.error({ alarm, unsaid }, advice);
    },
  };
}
