import { expect, test } from 'vitest';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { TokenHash } from '../../src/core/token.ts';
import { Fences } from '../../src/tokens/fences.ts';
import { MemoryTier } from '../../src/tokens/memory-tier.ts';
import { cacheOptions, ManualClock } from './fixture.ts';

interface Tier {
  readonly memory: MemoryTier;
  readonly fences: Fences;
  readonly clock: ManualClock;
}

function openTier(fencesMax = 100): Tier {
  const clock = new ManualClock();
  const fences = new Fences(fencesMax);
  return { clock, fences, memory: new MemoryTier(cacheOptions, { clock, fences }) };
}

const hashOf = (number: number): TokenHash => String(number).padStart(43, '0') as TokenHash;

function recordOf(number: number): TokenRecord {
  return {
    id: `tok_${number}`,
    kind: 'pat',
    scopes: ['device:read', 'device:write'],
    expiresAt: null,
    disabled: false,
    revoked: false,
    secretExpiresAt: null,
    owner: {
      id: `usr_${number % 3}`,
      username: `user${number % 3}`,
      kind: 'human',
      status: 'active',
      organization: { id: 'org_1', slug: 'one', status: 'active' },
      roles: ['analytics/viewer'],
    },
  };
}

function learn({ memory }: Tier, numbers: readonly number[]): void {
  for (const number of numbers) memory.keep(hashOf(number), recordOf(number), memory.begin());
}

const range = (length: number): number[] => Array.from({ length }, (_, number) => number);

test('a flood of unknown hashes is bounded and drives out no token', () => {
  const tier = openTier();
  const known = range(cacheOptions.entriesMax);
  learn(tier, known);
  for (const number of range(100_000)) tier.memory.keep(hashOf(1_000_000 + number), undefined, tier.memory.begin());
  expect(tier.memory.absences).toBe(cacheOptions.absencesMax);
  expect(known.every((number) => tier.memory.peek(hashOf(number))?.kind === 'found')).toBe(true);
});

test('the number of tokens is bounded, and the ones used last stay', () => {
  const tier = openTier();
  learn(tier, [0]);
  for (const number of range(5 * cacheOptions.entriesMax)) {
    learn(tier, [number + 1]);
    tier.memory.peek(hashOf(0));
  }
  expect(tier.memory.tokens).toBe(cacheOptions.entriesMax);
  expect(tier.memory.peek(hashOf(0))).toMatchObject({ record: { id: 'tok_0' } });
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
});

test('equal parts of records are held once', () => {
  const tier = openTier();
  learn(tier, [0, 3]);
  const [one, other] = [0, 3].map((number) => tier.memory.peek(hashOf(number)));
  if (one?.kind !== 'found' || other?.kind !== 'found') throw new Error('both are known');
  expect(one.record.scopes).toBe(other.record.scopes);
  expect(one.record.owner).toBe(other.record.owner);
});

test('after its ttl a token is given only as stale, and after that not at all', () => {
  const tier = openTier();
  learn(tier, [1]);
  expect(tier.memory.peek(hashOf(1))).toMatchObject({ source: 'memory' });
  tier.clock.advance(cacheOptions.ttlMs);
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
  expect(tier.memory.stale(hashOf(1))).toMatchObject({ source: 'stale' });
  tier.clock.advance(cacheOptions.staleForMs);
  expect(tier.memory.stale(hashOf(1))).toBeUndefined();
});

test.each([
  ['its token', 'tok_1'],
  ['its owner', 'usr_1'],
  ['its organisation', 'org_1'],
])('a record is given neither fresh nor stale once %s has changed', (_, key) => {
  const tier = openTier();
  learn(tier, [1]);
  tier.fences.raise([key]);
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
  tier.clock.advance(cacheOptions.ttlMs);
  expect(tier.memory.stale(hashOf(1))).toBeUndefined();
});

test('a change of another token, user or organisation costs nothing', () => {
  const tier = openTier();
  learn(tier, [1]);
  tier.fences.raise(['tok_2', 'usr_2', 'org_2']);
  expect(tier.memory.peek(hashOf(1))?.kind).toBe('found');
});

test('an answer that is older than a change is not kept, in whatever order the two end', () => {
  const tier = openTier();
  const start = tier.memory.begin();
  tier.fences.raise(['usr_1']);
  tier.memory.keep(hashOf(1), recordOf(1), start);
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
  learn(tier, [1]);
  expect(tier.memory.peek(hashOf(1))?.kind).toBe('found');
});

test('fences are bounded, and one that had to go is not forgotten in its effect', () => {
  const tier = openTier(10);
  learn(tier, [1, 2]);
  const start = tier.memory.begin();
  tier.fences.raise(['tok_1']);
  tier.fences.raise(range(1000).map((number) => `tok_other${number}`));
  expect(tier.fences.size).toBe(10);
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
  tier.memory.keep(hashOf(1), recordOf(1), start);
  expect(tier.memory.peek(hashOf(1))).toBeUndefined();
  learn(tier, [1]);
  expect(tier.memory.peek(hashOf(1))?.kind).toBe('found');
});

test('a clock that is set back or forward by hours changes no age', () => {
  const tier = openTier();
  learn(tier, [1]);
  tier.clock.setWall(tier.clock.now() + 10 * 3_600_000);
  expect(tier.memory.peek(hashOf(1))).toMatchObject({ source: 'memory' });
});
