import type { Redis } from 'ioredis';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TokenHash } from '../../src/core/token.ts';
import { SealedTexts } from '../../src/tokens/sealed-text.ts';
import { sharedRedis } from '../support/redis.ts';
import {
  openRedisNode,
  plainRedis,
  secret,
  secretOf,
  someHash,
  someRecord,
  untilAnswered,
  type RedisNode,
} from './redis-fixture.ts';
import { ManualClock } from './fixture.ts';

// Whoever can write into Redis can make a node read Postgres. They cannot make it believe anything.

let url: string;
let keyPrefix: string;
let node: RedisNode;
let redis: Redis;

beforeAll(async () => {
  ({ url, keyPrefix } = await sharedRedis());
  node = openRedisNode({ url, keyPrefix });
  redis = plainRedis(url);
  await untilAnswered(node);
});

afterEach(() => {
  node.alarms.length = 0;
});

const keyOf = (hash: TokenHash): string => `${keyPrefix}token:${hash}`;

/** The node reads what is at `hash`: a miss, this alarm, and the value is gone, so that a good one may follow. */
async function expectAlarm(hash: TokenHash, alarm: string): Promise<void> {
  expect(await node.tier.get(hash)).toBeUndefined();
  expect(node.alarms).toEqual([alarm]);
  await expect.poll(() => redis.exists(keyOf(hash))).toBe(0);
  await node.tier.put(hash, someRecord(), 5);
  expect(await node.tier.get(hash)).toMatchObject({ asOf: 5 });
  expect(node.alarms).toEqual([alarm]);
}

/** A value that the node itself has made. */
async function genuine(hash: TokenHash, asOf: number, scopes: readonly string[] = ['device:read']): Promise<string> {
  await node.tier.put(hash, someRecord({ scopes }), asOf);
  const value = await redis.get(keyOf(hash));
  if (value === null) throw new Error('the value was not put');
  return value;
}

describe('a value in Redis that no node has written there is a miss, an alarm, and gone', () => {
  it.each([
    ['a text without form', 'hello'],
    ['a number alone', '5'],
    ['a record without a seal', `5..${JSON.stringify({ format: 2, writtenAt: Date.now(), record: someRecord() })}`],
    ['a seal of zeros', `5.${'A'.repeat(43)}.{}`],
    ['a tombstone with a made-up seal', `9007199254740991.${'A'.repeat(43)}.`],
    ['a negative number', `-1.${'A'.repeat(43)}.{}`],
    ['a number that is none', `1e9.${'A'.repeat(43)}.{}`],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 1, 2])],
    ['line breaks', '5.\n.\n'],
  ])('%s', async (_, value) => {
    const hash = someHash();
    await redis.set(keyOf(hash), value);
    await expectAlarm(hash, 'seal');
  });

  it('the value of another token, copied', async () => {
    const [rich, poor] = [someHash(), someHash()];
    await genuine(rich, 1, ['everything']);
    await redis.copy(keyOf(rich), keyOf(poor));
    await expectAlarm(poor, 'seal');
  });

  it('a genuine value with one character changed, wherever it is', async () => {
    const hash = someHash();
    const value = await genuine(hash, 12);
    for (const at of [0, 5, 30, value.indexOf('device'), value.length - 2]) {
      const [from] = value.slice(at, at + 1);
      await redis.set(keyOf(hash), value.slice(0, at) + (from === '7' ? '8' : '7') + value.slice(at + 1));
      expect(await node.tier.get(hash)).toBeUndefined();
    }
    expect(node.alarms).toEqual(['seal', 'seal', 'seal', 'seal', 'seal']);
  });

  it('a genuine value with a number of the future', async () => {
    const hash = someHash();
    const value = await genuine(hash, 12);
    await redis.set(keyOf(hash), value.replace(/^12/, '9007199254740991'));
    await expectAlarm(hash, 'seal');
  });

  it('a value of a deployment with another secret key', async () => {
    const stranger = openRedisNode({
      url,
      keyPrefix,
      secretKey: secretOf('the secret key of a stranger, long enough'),
    });
    const hash = someHash();
    await untilAnswered(stranger);
    await stranger.tier.put(hash, someRecord(), 1);
    await expectAlarm(hash, 'seal');
  });

  it('a huge value, of which no more is fetched than a value may have', async () => {
    const hash = someHash();
    await redis.set(keyOf(hash), '1.'.padEnd(30 * 1024 * 1024, 'x'));
    await expectAlarm(hash, 'size');
    expect(node.outages).toEqual([]);
  });

  it.each([
    ['a list', (key: string) => redis.rpush(key, 'a')],
    ['a hash', (key: string) => redis.hset(key, 'a', 'b')],
    ['a set', (key: string) => redis.sadd(key, 'a')],
  ])('%s', async (_, write) => {
    const hash = someHash();
    await write(keyOf(hash));
    await expectAlarm(hash, 'type');
    expect(node.client.isOpen).toBe(false);
  });

  it('a genuine seal over something that is no record', async () => {
    const sealed = new SealedTexts(secret.deriveKey('redis'));
    for (const body of ['{', 'null', '{"format":3}', '{"format":3,"writtenAt":"x","record":{}}']) {
      const hash = someHash();
      await redis.set(keyOf(hash), sealed.seal(keyOf(hash), { number: 1, body }));
      await expectAlarm(hash, 'form');
      node.alarms.length = 0;
    }
  });
});

describe('a genuine value that was put there again', () => {
  it('gives way to what is newer, and never to what is older', async () => {
    const hash = someHash();
    const old = await genuine(hash, 3, ['before']);
    await node.tier.bury([hash], 4);
    await redis.set(keyOf(hash), old);
    // It says itself that it is as old as change 3, and the fence of change 4 is the lookup's to ask.
    expect(await node.tier.get(hash)).toMatchObject({ asOf: 3 });
    await node.tier.bury([hash], 4);
    expect(await node.tier.get(hash)).toBeUndefined();
    expect(node.alarms).toEqual([]);
  });

  it('is an alarm when Redis would have forgotten it long ago', async () => {
    const clock = new ManualClock();
    const later = openRedisNode({ url, keyPrefix, clock });
    const hash = someHash();
    await untilAnswered(later);
    await later.tier.put(hash, someRecord(), 1);
    expect(await later.tier.get(hash)).toMatchObject({ asOf: 1 });
    const old = (await redis.get(keyOf(hash))) ?? '';
    clock.advance(60_001);
    await redis.set(keyOf(hash), old);
    expect(await later.tier.get(hash)).toBeUndefined();
    expect(later.alarms).toEqual(['age']);
  });
});

it('a value of another version of the program is a miss without an alarm', async () => {
  const hash = someHash();
  const body = JSON.stringify({ format: 1, something: 'else' });
  await redis.set(keyOf(hash), new SealedTexts(secret.deriveKey('redis')).seal(keyOf(hash), { number: 1, body }));
  expect(await node.tier.get(hash)).toBeUndefined();
  expect(node.alarms).toEqual([]);
});
