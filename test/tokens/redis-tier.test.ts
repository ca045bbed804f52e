import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { decodeRecord, encodeRecord } from '../../src/tokens/redis-record.ts';
import { sessionFixture } from '../support/session-fixture.ts';
import { count } from '../support/counts.ts';
import { sharedRedis } from '../support/redis.ts';
import { openRedisNode, plainRedis, someHash, someRecord, untilAnswered, type RedisNode } from './redis-fixture.ts';

let url: string;
let keyPrefix: string;
let one: RedisNode;
let other: RedisNode;

beforeAll(async () => {
  ({ url, keyPrefix } = await sharedRedis());
  [one, other] = [openRedisNode({ url, keyPrefix }), openRedisNode({ url, keyPrefix })];
  await untilAnswered(one);
  await untilAnswered(other);
});

describe('the Redis tier', () => {
  it('gives every node the record that one has put, with its number and its age', async () => {
    const [hash, record] = [someHash(), someRecord()];
    expect(await other.tier.get(hash)).toBeUndefined();
    await one.tier.put(hash, record, 7);
    const found = await other.tier.get(hash);
    expect(found).toMatchObject({ record, asOf: 7 });
    expect(found?.ageMs).toBeGreaterThanOrEqual(0);
  });

  it('keeps records as they are, whatever is in them', () => {
    const nullable = fc.option(fc.integer({ min: 0, max: 8.64e15 }), { nil: null });
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 });
    const records = fc.record<TokenRecord>({
      id: fc.string(),
      kind: fc.constantFrom('pat', 'ses', 'acc'),
      scopes: texts,
      allowedIps: texts,
      expiresAt: nullable,
      disabled: fc.boolean(),
      revoked: fc.boolean(),
      issuedAt: fc.integer({ min: 0, max: 8.64e15 }),
      secretExpiresAt: nullable,
      owner: fc.record(
        {
          id: fc.string(),
          username: fc.string({ unit: 'binary' }),
          email: fc.string(),
          kind: fc.constantFrom('human', 'service'),
          status: fc.constantFrom('active', 'disabled'),
          organization: fc.record({
            id: fc.string(),
            slug: fc.string(),
            status: fc.constantFrom('active', 'suspended'),
          }),
          roles: texts,
        },
        { requiredKeys: ['id', 'username', 'kind', 'status', 'organization', 'roles'] },
      ),
    });
    fc.assert(
      fc.property(records, records, nullable, (plain, redeemer, instant) => {
        const { assumption } = sessionFixture(
          {},
          { redeemer, issuer: plain.owner, idleUntil: instant, grantExpiresAt: instant },
        );
        const record = plain.kind === 'ses' && assumption ? { ...plain, assumption } : plain;
        expect(decodeRecord(encodeRecord({ record, writtenAt: 5 }))).toEqual({ record, writtenAt: 5 });
      }),
      { numRuns: count(200, 10_000) },
    );
  });

  it('never lets an older record take the place of a newer one, whichever comes first', async () => {
    const hash = someHash();
    await one.tier.put(hash, someRecord({ scopes: ['new'] }), 12);
    await other.tier.put(hash, someRecord({ scopes: ['old'] }), 11);
    expect(await one.tier.get(hash)).toMatchObject({ asOf: 12, record: { scopes: ['new'] } });
    await other.tier.put(hash, someRecord({ scopes: ['newest'] }), 100);
    expect(await one.tier.get(hash)).toMatchObject({ asOf: 100, record: { scopes: ['newest'] } });
  });

  it('keeps a buried token buried for all who read it before, and takes it from those who read it after', async () => {
    const [first, second] = [someHash(), someHash()];
    await one.tier.put(first, someRecord(), 3);
    await other.tier.bury([first, second], 9);
    for (const hash of [first, second]) {
      expect(await one.tier.get(hash)).toBeUndefined();
      await one.tier.put(hash, someRecord(), 8);
      expect(await other.tier.get(hash)).toBeUndefined();
      await one.tier.put(hash, someRecord(), 9);
      expect(await other.tier.get(hash)).toMatchObject({ asOf: 9 });
    }
    expect([one.alarms, other.alarms]).toEqual([[], []]);
  });

  it('agrees, in any order of puts and burials, with the highest number', async () => {
    const steps = fc.array(fc.record({ asOf: fc.nat(20), bury: fc.boolean(), node: fc.nat(1) }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        const hash = someHash();
        let kept: { asOf: number; bury: boolean } | undefined;
        for (const { asOf, bury, node } of order) {
          const { tier } = node === 0 ? one : other;
          await (bury ? tier.bury([hash], asOf) : tier.put(hash, someRecord(), asOf));
          if (kept === undefined || asOf >= kept.asOf) kept = { asOf, bury };
        }
        const expected = kept === undefined || kept.bury ? undefined : kept.asOf;
        expect((await one.tier.get(hash))?.asOf).toBe(expected);
      }),
      { numRuns: count(50, 1000) },
    );
  });

  it('leaves no token, hash alone as key, and nothing that stays for ever', async () => {
    const [redis, hash, buried] = [plainRedis(url), someHash(), someHash()];
    await one.tier.put(hash, someRecord(), 1);
    await one.tier.bury([buried], 1);
    for (const key of [`${keyPrefix}token:${hash}`, `${keyPrefix}token:${buried}`]) {
      const left = await redis.pttl(key);
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(30_000);
    }
  });

  it('forgets after the lifetime', async () => {
    const brief = openRedisNode({ url, keyPrefix, lifetimeMs: 40 });
    const hash = someHash();
    await untilAnswered(brief);
    await brief.tier.put(hash, someRecord(), 1);
    await expect.poll(() => brief.tier.get(hash)).toBeUndefined();
    expect(brief.alarms).toEqual([]);
  });
});
