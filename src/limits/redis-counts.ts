import { roundingShare, timesOf, type RateCount, type RateLimit } from '../core/rate-limit.ts';

/** Redis, as far as counts need it; it answers by a deadline or not at all, and never rejects. */
export interface CountingRedis {
  ask<Value>(
    command: (redis: {
      eval(script: string, keys: number, ...keysAndValues: (string | number)[]): Promise<unknown>;
    }) => Promise<Value>,
  ): Promise<{ readonly kind: 'answered'; readonly value: Value } | { readonly kind: 'unanswered' }>;
}

/**
 * `countRequest` in Redis, by its clock, which all nodes share. Nothing that stands under the key is believed beyond a
 * whole refill, so whoever writes there can refuse nobody for longer than that.
 * KEYS: key. ARGV: milliseconds to get one request back; to get all of them; what may be off.
 * Returns whether it was allowed, and the milliseconds until all of the burst is there again.
 */
const countInRedis = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local one, all, off = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.pcall('GETRANGE', KEYS[1], 0, 31)
local full = type(kept) == 'string' and tonumber(kept) or now
if not (full >= now) then full = now end
if full > now + all then full = now + all end
if full + one - now > all + off then return {0, string.format('%.3f', full - now)} end
full = full + one
redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.max(1, math.ceil(full - now)))
return {1, string.format('%.3f', full - now)}
`;

/** The counts that all nodes share, in Redis; each is gone when all of its burst is there again. */
export class RedisCounts {
  readonly #redis: CountingRedis;
  readonly #keyPrefix: string;

  /** @param keyPrefix what every key begins with */
  constructor(redis: CountingRedis, keyPrefix: string) {
    this.#redis = redis;
    this.#keyPrefix = keyPrefix;
  }

  /** Counts one request. @returns undefined when Redis does not answer, and nobody knows whether it has counted */
  async count(key: string, limit: RateLimit): Promise<RateCount | undefined> {
    const { oneMs, allMs } = timesOf(limit);
    const answer = await this.#redis.ask((redis) =>
      redis.eval(countInRedis, 1, this.#keyPrefix + key, oneMs, allMs, oneMs * roundingShare),
    );
    return answer.kind === 'answered' ? readCount(answer.value) : undefined;
  }
}

function readCount(value: unknown): RateCount | undefined {
  if (!Array.isArray(value)) return undefined;
  const [allowed, refill] = value as readonly unknown[];
  const refillMs = Number(refill);
  return Number.isFinite(refillMs) ? { allowed: allowed === 1, refillMs } : undefined;
}
