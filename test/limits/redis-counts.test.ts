import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countRequest, type RateLimit } from '../../src/core/rate-limit.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { NodeCounts } from '../../src/limits/node-counts.ts';
import { RateLimiter } from '../../src/limits/rate-limiter.ts';
import { RedisCounts } from '../../src/limits/redis-counts.ts';
import { startRedis, sharedRedis } from '../support/redis.ts';
import { openRedisNode, plainRedis, untilAnswered, type RedisNode } from '../tokens/redis-fixture.ts';

// Nothing comes back while a test runs.
const limit: RateLimit = { limit: 5, windowMs: 86_400_000, burst: 5, per: 'token' };

let url: string;
let keyPrefix: string;

beforeAll(async () => {
  ({ url, keyPrefix } = await sharedRedis());
});

async function openNode(redisUrl = url): Promise<RedisNode> {
  const node = openRedisNode({ url: redisUrl, keyPrefix });
  await untilAnswered(node);
  // Those of the time before it was connected.
  node.errors.splice(0);
  return node;
}

const someKey = (): string => `route token ${randomBytes(6).toString('hex')}`;

describe('the counts that nodes share', () => {
  it('are one for all of them, and are gone when all of the burst is there again', async () => {
    const [one, other] = [await openNode(), await openNode()].map(({ client }) => new RedisCounts(client, keyPrefix));
    const key = someKey();
    const allowed: (boolean | undefined)[] = [];
    for (let round = 0; round < 4; round++) {
      for (const counts of [one, other]) allowed.push((await counts?.count(key, limit))?.allowed);
    }
    expect(allowed).toEqual([true, true, true, true, true, false, false, false]);
    const life = await plainRedis(url).pttl(keyPrefix + key);
    expect(life).toBeGreaterThan(86_000_000);
    expect(life).toBeLessThanOrEqual(86_400_000);
    const short = { ...limit, windowMs: 1000, limit: 100, burst: 1 };
    await one?.count(`${key} short`, short);
    await expect.poll(() => plainRedis(url).exists(`${keyPrefix}${key} short`)).toBe(0);
  });

  it('come out as the pure rule says, whatever the rule', async () => {
    const { client } = await openNode();
    const counts = new RedisCounts(client, keyPrefix);
    const numbers = {
      limit: fc.integer({ min: 1, max: 30 }),
      requests: fc.integer({ min: 1, max: 40 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    };
    await fc.assert(
      fc.asyncProperty(fc.record(numbers), async ({ limit: number, requests, part }) => {
        const rule: RateLimit = { ...limit, limit: number, burst: Math.max(1, Math.round(number * part)) };
        const key = someKey();
        let refillMs = 0;
        for (let request = 0; request < requests; request++) {
          const [shared, own] = [await counts.count(key, rule), countRequest(rule, refillMs)];
          refillMs = own.refillMs;
          expect(shared?.allowed).toBe(own.allowed);
          // A day's window is what differs by the time that the test takes.
          expect(Math.abs((shared?.refillMs ?? NaN) - own.refillMs)).toBeLessThan(60_000);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('what somebody else writes under the key of a count', () => {
  const junk = ['', 'nan', '-nan', 'inf', '-inf', '1e308', '-1e308', '0x7fffffff', 'text', '9'.repeat(100), '\0'];

  it.each(junk.map((text) => [JSON.stringify(text).slice(0, 20), text]))(
    '%s refuses for no longer than a whole refill and lets no more than the burst pass',
    async (_, text) => {
      const { client, errors } = await openNode();
      const key = someKey();
      await plainRedis(url).set(keyPrefix + key, text);
      const counts = new RedisCounts(client, keyPrefix);
      const seen = [];
      for (let request = 0; request < 7; request++) seen.push(await counts.count(key, limit));
      expect(seen.filter((count) => count?.allowed === true).length).toBeLessThanOrEqual(5);
      for (const count of seen) {
        expect(count?.refillMs).toBeGreaterThanOrEqual(0);
        expect(count?.refillMs).toBeLessThanOrEqual(86_400_000);
      }
      expect(errors).toEqual([]);
    },
  );

  it.each(['list', 'hash', 'set'] as const)('a %s is overwritten', async (kind) => {
    const { client } = await openNode();
    const [key, redis] = [someKey(), plainRedis(url)];
    if (kind === 'list') await redis.rpush(keyPrefix + key, '1');
    else if (kind === 'hash') await redis.hset(keyPrefix + key, 'a', '1');
    else await redis.sadd(keyPrefix + key, '1');
    expect(await new RedisCounts(client, keyPrefix).count(key, limit)).toMatchObject({ allowed: true });
    expect(await redis.type(keyPrefix + key)).toBe('string');
  });
});

describe('while Redis does not answer', () => {
  const alone: string[] = [];
  afterEach(() => void alone.splice(0));

  function limiterOver(node: RedisNode): RateLimiter {
    return new RateLimiter({
      own: new NodeCounts(systemClock),
      shared: new RedisCounts(node.client, keyPrefix),
      onLimited: () => undefined,
      onAlone: () => void alone.push('alone'),
    });
  }

  it.each(['pause', 'kill'] as const)(
    '(%s) a node counts alone, from what it knows, and shares again later',
    async (how) => {
      const redis = await startRedis();
      const node = await openNode(redis.url);
      const limiter = limiterOver(node);
      const who = someKey();
      const take = async (): Promise<boolean> => (await limiter.count('r', who, limit)).allowed;
      expect([await take(), await take()]).toEqual([true, true]);
      if (how === 'pause') redis.pause();
      else await redis.kill();
      // Redis says nothing before all of them have their answer.
      const during: boolean[] = [];
      for (let request = 0; request < 6; request++) during.push(await take());
      expect(during).toEqual([true, true, true, false, false, false]);
      expect(alone).toHaveLength(3);
      if (how === 'pause') redis.resume();
      else await redis.start();
      await untilAnswered(node);
      expect((await limiter.count('r', someKey(), limit)).allowed).toBe(true);
      expect(alone).toHaveLength(3);
    },
  );

  it('a flood at once passes no more than the burst of this node and that of all nodes', async () => {
    const node = await openNode();
    const limiter = limiterOver(node);
    const who = someKey();
    const flood = { ...limit, limit: 150, burst: 150 };
    // More than may wait for Redis at a time.
    const round = () => Promise.all(Array.from({ length: 400 }, async () => limiter.count('r', who, flood)));
    const rounds = [await round(), await round()];
    expect(rounds.flat().filter(({ allowed }) => allowed)).toHaveLength(150);
    expect(alone.length).toBeGreaterThan(0);
  });
});
