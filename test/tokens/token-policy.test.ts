import { describe, expect, it } from 'vitest';
import { recordProblem } from '../../src/core/bearer.ts';
import { principalOf } from '../../src/core/principal.ts';
import { effectiveExpiry } from '../../src/core/token-record.ts';
import { ExpiringCounts, type ExpiringTokens } from '../../src/tokens/expiring.ts';
import { EndedSecrets } from '../../src/tokens/ended-secrets.ts';
import { recordFixture } from '../support/record-fixture.ts';
import { ManualClock } from './fixture.ts';

const dayMs = 86_400_000;
const madeAt = Date.UTC(2030, 0, 1);
const policy = (maxLifetimeMs: number) => ({ maxLifetimeMs, sessionMaxMs: Infinity });

describe('the longest lifetime of today', () => {
  it('ends tokens that were made when a longer one was allowed, to the millisecond', () => {
    const record = recordFixture({ issuedAt: madeAt, expiresAt: madeAt + 300 * dayMs });
    expect(recordProblem(record, madeAt + 90 * dayMs - 1, policy(90 * dayMs))).toBeUndefined();
    const problem = recordProblem(record, madeAt + 90 * dayMs, policy(90 * dayMs));
    expect(problem).toMatchObject({ code: 'token_expired', expiresAt: madeAt + 90 * dayMs });
    expect(problem?.detail).toContain('tokens.max_lifetime');
    expect(recordProblem(record, madeAt + 90 * dayMs, policy(366 * dayMs))).toBeUndefined();
  });

  it('ends tokens without end, and nothing ends those where there is none', () => {
    const record = recordFixture({ issuedAt: madeAt, expiresAt: null });
    expect(recordProblem(record, madeAt + 366 * dayMs, policy(366 * dayMs))).toMatchObject({ code: 'token_expired' });
    expect(recordProblem(record, 8.64e15, policy(Infinity))).toBeUndefined();
    expect(effectiveExpiry(record, Infinity)).toBeNull();
  });

  it('is what a principal’s end tells, so that nothing it makes outlives it', () => {
    const record = recordFixture({ issuedAt: madeAt, expiresAt: madeAt + 300 * dayMs });
    expect(principalOf(record, new Map(), policy(90 * dayMs)).expiresAt).toBe(madeAt + 90 * dayMs);
    expect(principalOf(record, new Map(), policy(Infinity)).expiresAt).toBe(madeAt + 300 * dayMs);
  });
});

describe('the use of ended secrets', () => {
  it('is told of once a minute for each token, and counted always', () => {
    const clock = new ManualClock();
    const told: string[] = [];
    let counted = 0;
    const secrets = new EndedSecrets({
      clock,
      count: () => counted++,
      alarm: ({ record }, heldBack) => told.push(`${record.id} ${heldBack}`),
    });
    const use = (id: string): void =>
      secrets.note({ record: recordFixture({ id }), address: '192.0.2.1', requestId: 'r', via: 'proxy' });
    for (const id of ['tok_1', 'tok_1', 'tok_2', 'tok_1']) use(id);
    clock.advance(60_000);
    use('tok_1');
    expect(told).toEqual(['tok_1 0', 'tok_2 0', 'tok_1 2']);
    expect(counted).toBe(5);
  });
});

describe('the counts of tokens that end soon', () => {
  it('are read once a minute however often they are asked for, and outlive the store', async () => {
    const clock = new ManualClock();
    let reads = 0;
    const counts = new ExpiringCounts(() => {
      reads++;
      const tokens: readonly ExpiringTokens[] = [{ organization: 'acme', days: 1, tokens: reads }];
      return reads === 2 ? Promise.reject(new Error('the store is away')) : Promise.resolve(tokens);
    }, clock);
    const asked = await Promise.all([counts.counts(), counts.counts(), counts.counts()]);
    expect(asked.map(([first]) => first?.tokens)).toEqual([1, 1, 1]);
    clock.advance(60_000);
    expect((await counts.counts())[0]?.tokens).toBe(1);
    clock.advance(60_000);
    expect((await counts.counts())[0]?.tokens).toBe(3);
    expect(reads).toBe(3);
  });
});
