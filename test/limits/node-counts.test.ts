import { expect, it } from 'vitest';
import type { RateLimit } from '../../src/core/rate-limit.ts';
import { NodeCounts } from '../../src/limits/node-counts.ts';

const limit: RateLimit = { limit: 10, windowMs: 10_000, burst: 2, per: 'token' };

function countsAt(nowMs: number): { counts: NodeCounts; wait: (ms: number) => void } {
  let now = nowMs;
  return { counts: new NodeCounts({ monotonic: () => now }, 100), wait: (ms) => void (now += ms) };
}

it('counts each key by itself, and gives back what time brings', () => {
  const { counts, wait } = countsAt(5000);
  const take = (key: string): boolean => counts.count(key, limit).allowed;
  expect([take('a'), take('a'), take('a'), take('b')]).toEqual([true, true, false, true]);
  wait(1000);
  expect([take('a'), take('a')]).toEqual([true, false]);
});

it('believes what it is told of others where that is more, and never less than it has counted itself', () => {
  const { counts } = countsAt(0);
  counts.learn('a', { allowed: true, refillMs: 2000 });
  expect(counts.count('a', limit).allowed).toBe(false);
  counts.count('b', limit);
  counts.count('b', limit);
  counts.learn('b', { allowed: true, refillMs: 1000 });
  expect(counts.count('b', limit).allowed).toBe(false);
});

it('keeps a bounded number of keys, and forgets those that were asked for the longest time ago', () => {
  const { counts } = countsAt(0);
  const exhausted = ['a', 'idle'];
  for (const key of exhausted) for (let request = 0; request < 3; request++) counts.count(key, limit);
  for (let stranger = 0; stranger < 10_000; stranger++) {
    counts.count(`stranger ${stranger}`, limit);
    // Whoever goes on asking is not forgotten, however many strangers come.
    if (stranger % 50 === 0) expect(counts.count('a', limit).allowed).toBe(false);
    expect(counts.size).toBeLessThanOrEqual(200);
  }
  expect(counts.count('idle', limit).allowed).toBe(true);
});
