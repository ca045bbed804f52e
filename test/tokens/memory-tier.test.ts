import { expect, test } from 'vitest';
import type { LookupOutcome } from '../../src/core/token-lookup.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { TokenHash } from '../../src/core/token.ts';
import { Fences } from '../../src/tokens/fences.ts';
import { Freshness, freshnessToleranceMs } from '../../src/tokens/freshness.ts';
import { MemoryTier } from '../../src/tokens/memory-tier.ts';
import { cacheOptions, ManualClock, staleForMs } from './fixture.ts';

interface Tier {
  readonly memory: MemoryTier;
  readonly fences: Fences;
  readonly freshness: Freshness;
  readonly clock: ManualClock;
  /** What it answers without asking a store, and what it answers when none can be asked. */
  peek(number: number, stale?: number): LookupOutcome | undefined;
  stale(number: number, stale?: number): LookupOutcome | undefined;
}

/** A tier whose node hears of changes all the time, until `clock.onAdvance` is taken away. */
function openTier(fencesMax = 100): Tier {
  const clock = new ManualClock();
  const fences = new Fences(fencesMax);
  const freshness = new Freshness(clock);
  clock.onAdvance = () => freshness.confirm(clock.monotonic());
  const memory = new MemoryTier(cacheOptions, { clock, fences, freshness });
  return {
    clock,
    fences,
    freshness,
    memory,
    peek: (number, stale = staleForMs) => memory.peek(hashOf(number), stale),
    stale: (number, stale = staleForMs) => memory.stale(hashOf(number), stale),
  };
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
    allowedIps: [],
    issuedAt: 0,
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
  expect(known.every((number) => tier.peek(number)?.kind === 'found')).toBe(true);
});

test('the number of tokens is bounded, and the ones used last stay', () => {
  const tier = openTier();
  learn(tier, [0]);
  for (const number of range(5 * cacheOptions.entriesMax)) {
    learn(tier, [number + 1]);
    tier.peek(0);
  }
  expect(tier.memory.tokens).toBe(cacheOptions.entriesMax);
  expect(tier.peek(0)).toMatchObject({ record: { id: 'tok_0' } });
  expect(tier.peek(1)).toBeUndefined();
});

test('equal parts of records are held once', () => {
  const tier = openTier();
  learn(tier, [0, 3]);
  const [one, other] = [0, 3].map((number) => tier.peek(number));
  if (one?.kind !== 'found' || other?.kind !== 'found') throw new Error('both are known');
  expect(one.record.scopes).toBe(other.record.scopes);
  expect(one.record.owner).toBe(other.record.owner);
});

test('after its ttl a token is given only as stale, and after that not at all', () => {
  const tier = openTier();
  learn(tier, [1]);
  expect(tier.peek(1)).toMatchObject({ source: 'memory' });
  tier.clock.advance(cacheOptions.ttlMs);
  expect(tier.peek(1)).toBeUndefined();
  expect(tier.stale(1)).toMatchObject({ source: 'stale' });
  tier.clock.advance(staleForMs);
  expect(tier.stale(1)).toBeUndefined();
});

test.each([
  ['its token', 'tok_1'],
  ['its owner', 'usr_1'],
  ['its organisation', 'org_1'],
])('a record is given neither fresh nor stale once %s has changed', (_, key) => {
  const tier = openTier();
  learn(tier, [1]);
  tier.fences.raise([key]);
  expect(tier.peek(1)).toBeUndefined();
  tier.clock.advance(cacheOptions.ttlMs);
  expect(tier.stale(1)).toBeUndefined();
});

test('a change of another token, user or organisation costs nothing', () => {
  const tier = openTier();
  learn(tier, [1]);
  tier.fences.raise(['tok_2', 'usr_2', 'org_2']);
  expect(tier.peek(1)?.kind).toBe('found');
});

test('an answer that is older than a change is not kept, in whatever order the two end', () => {
  const tier = openTier();
  const start = tier.memory.begin();
  tier.fences.raise(['usr_1']);
  tier.memory.keep(hashOf(1), recordOf(1), start);
  expect(tier.peek(1)).toBeUndefined();
  learn(tier, [1]);
  expect(tier.peek(1)?.kind).toBe('found');
});

test('fences are bounded, and one that had to go is not forgotten in its effect', () => {
  const tier = openTier(10);
  learn(tier, [1, 2]);
  const start = tier.memory.begin();
  tier.fences.raise(['tok_1']);
  tier.fences.raise(range(1000).map((number) => `tok_other${number}`));
  expect(tier.fences.size).toBe(10);
  expect(tier.peek(1)).toBeUndefined();
  tier.memory.keep(hashOf(1), recordOf(1), start);
  expect(tier.peek(1)).toBeUndefined();
  learn(tier, [1]);
  expect(tier.peek(1)?.kind).toBe('found');
});

test('a clock that is set back or forward by hours changes no age', () => {
  const tier = openTier();
  learn(tier, [1]);
  tier.clock.setWall(tier.clock.now() + 10 * 3_600_000);
  expect(tier.peek(1)).toMatchObject({ source: 'memory' });
});

test('a node that hears of no changes gives a token as stale, for as long as the caller allows, and no absence', () => {
  const tier = openTier();
  learn(tier, [1]);
  tier.memory.keep(hashOf(2), undefined, tier.memory.begin());
  tier.clock.onAdvance = () => undefined;
  tier.clock.advance(freshnessToleranceMs - 1);
  expect(tier.peek(1, 0)).toMatchObject({ source: 'memory' });
  expect(tier.peek(2)).toEqual({ kind: 'absent' });
  tier.clock.advance(1);
  expect(tier.peek(1)).toMatchObject({ source: 'stale' });
  expect(tier.peek(1, freshnessToleranceMs)).toBeUndefined();
  expect(tier.stale(1, freshnessToleranceMs)).toBeUndefined();
  expect(tier.peek(2)).toBeUndefined();
  expect(tier.stale(2)).toBeUndefined();
});

test('what was read from the database just now counts, whatever the node hears', () => {
  const tier = openTier();
  tier.clock.onAdvance = () => undefined;
  tier.clock.advance(10 * staleForMs);
  learn(tier, [1]);
  expect(tier.peek(1, 0)).toMatchObject({ source: 'memory' });
  tier.clock.advance(freshnessToleranceMs);
  expect(tier.peek(1, 0)).toBeUndefined();
});

test('what another node left counts only as long as this node hears of changes', () => {
  const tier = openTier();
  tier.clock.advance(1000);
  tier.clock.onAdvance = () => undefined;
  tier.clock.advance(freshnessToleranceMs - 1);
  expect(tier.memory.keepShared(hashOf(1), { record: recordOf(1), asOf: 0, ageMs: 0 })).toMatchObject({
    source: 'redis',
  });
  expect(tier.peek(1, 0)).toMatchObject({ source: 'memory' });
  tier.clock.advance(1);
  expect(tier.peek(1, 0)).toBeUndefined();
});

test('a node whose lease is over answers nothing from memory, not even what it has just read', () => {
  const tier = openTier();
  tier.freshness.lease(tier.clock.monotonic() + 1000);
  learn(tier, [1]);
  tier.memory.keep(hashOf(2), undefined, tier.memory.begin());
  tier.clock.advance(999);
  expect([tier.peek(1)?.kind, tier.peek(2)?.kind]).toEqual(['found', 'absent']);
  tier.clock.advance(1);
  learn(tier, [3]);
  expect([1, 2, 3].map((number) => tier.peek(number) ?? tier.stale(number))).toEqual([undefined, undefined, undefined]);
  tier.freshness.lease(tier.clock.monotonic() + 1000);
  expect(tier.peek(3)?.kind).toBe('found');
});

test('a record from another node is kept for what is left of its ttl, and not at all beyond it', () => {
  const tier = openTier();
  tier.clock.advance(10 * cacheOptions.ttlMs);
  expect(
    tier.memory.keepShared(hashOf(1), { record: recordOf(1), asOf: 0, ageMs: cacheOptions.ttlMs }),
  ).toBeUndefined();
  tier.memory.keepShared(hashOf(2), { record: recordOf(2), asOf: 0, ageMs: cacheOptions.ttlMs - 1000 });
  tier.clock.advance(999);
  expect(tier.peek(2)).toMatchObject({ source: 'memory' });
  tier.clock.advance(1);
  expect(tier.peek(2)).toBeUndefined();
});
