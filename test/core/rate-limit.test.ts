import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countRequest,
  describeRateLimit,
  rateLimitFields,
  remainingOf,
  waitMsOf,
  type RateLimit,
} from '../../src/core/rate-limit.ts';
import { count as counted } from '../support/counts.ts';

const limit: RateLimit = { limit: 60, windowMs: 60_000, burst: 3, per: 'token' };

/** When each of the requests that pass comes, in milliseconds. @param pauses before each request */
function passing(rule: RateLimit, pauses: readonly number[]): number[] {
  let [now, fullAt] = [0, 0];
  return pauses.flatMap((pause) => {
    now += pause;
    const count = countRequest(rule, fullAt - now);
    fullAt = now + count.refillMs;
    return count.allowed ? [now] : [];
  });
}

describe('a rate limit', () => {
  it('lets the burst pass at once, then one each time that one comes back', () => {
    const pauses = [0, 0, 0, 0, 998, 2, 0, 2000, 0, 0];
    expect(passing(limit, pauses)).toEqual([0, 0, 0, 1000, 3000, 3000]);
  });

  it('says what is left, how long until the next one, and until all of it is there again', () => {
    const first = countRequest(limit, 0);
    expect([first.allowed, remainingOf(limit, first), waitMsOf(limit, first)]).toEqual([true, 2, 0]);
    const last = countRequest(limit, 2500);
    expect(last).toEqual({ allowed: false, refillMs: 2500 });
    expect([remainingOf(limit, last), waitMsOf(limit, last)]).toEqual([0, 500]);
    expect(rateLimitFields('devices', limit, last)).toEqual({
      policy: '"devices";q=60;w=60',
      state: '"devices";r=0;t=3',
    });
  });

  it('takes what is remembered under another configuration for no more than an empty burst', () => {
    const count = countRequest(limit, 86_400_000);
    expect(count).toEqual({ allowed: false, refillMs: 3000 });
    expect(waitMsOf(limit, count)).toBe(1000);
  });

  it('is described in a line', () => {
    expect(describeRateLimit(limit)).toBe('60 in 1m, 3 at once, per token');
    expect(describeRateLimit({ ...limit, burst: 60, per: 'ip' })).toBe('60 in 1m, per ip');
  });
});

const rules = fc
  .record({
    limit: fc.integer({ min: 1, max: 1000 }),
    windowMs: fc.integer({ min: 1000, max: 100_000 }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ limit: count, windowMs, part }): RateLimit => {
    return { limit: count, windowMs, burst: Math.max(1, Math.round(count * part)), per: 'token' };
  });
const pauses = fc.array(fc.oneof(fc.constant(0), fc.nat({ max: 50 }), fc.nat({ max: 5000 })), { maxLength: 400 });

it('lets no more than limit and burst pass within any window, and always one where enough time has gone by', () => {
  fc.assert(
    fc.property(rules, pauses, (rule, waits) => {
      const times = passing(rule, waits);
      for (const [at, from] of times.entries()) {
        const within = times.slice(at).filter((time) => time < from + rule.windowMs).length;
        expect(within).toBeLessThanOrEqual(rule.limit + rule.burst);
      }
      // So far apart that each comes back before the next one is asked for.
      const slow = waits.map(() => Math.ceil(rule.windowMs / rule.limit));
      expect(passing(rule, slow)).toHaveLength(slow.length);
    }),
    { numRuns: counted(200, 5000) },
  );
});
