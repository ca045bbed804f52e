import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { TokenHash } from '../../src/core/token.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { newId } from '../../src/lib/ids.ts';
import { Fences } from '../../src/tokens/fences.ts';
import { Freshness } from '../../src/tokens/freshness.ts';
import { MemoryTier } from '../../src/tokens/memory-tier.ts';

/**
 * What 100,000 cached tokens cost in memory over an empty cache, each with 10 scopes and 3 roles.
 * Run it by `npx tsx test/bench/cache-memory.ts`; it fails when the limit is passed.
 */
const tokens = 100_000;
const limitMb = 80;

interface Population {
  readonly name: string;
  readonly owners: number;
  readonly scopeLists: number;
}

const populations: readonly Population[] = [
  { name: 'ten tokens an owner, 50 sets of scopes', owners: tokens / 10, scopeLists: 50 },
  { name: 'an owner of its own for each, 50 sets of scopes', owners: tokens, scopeLists: 50 },
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Text in memory of its own, as the driver cuts it out of an answer. */
const fresh = (text: string): string => Buffer.from(text).toString();

function recordOf(number: number, { owners, scopeLists }: Population): TokenRecord {
  const owner = number % owners;
  return {
    id: fresh(newId('tok', systemClock.now())),
    kind: 'pat',
    scopes: Array.from({ length: 10 }, (_, at) => fresh(`set-${number % scopeLists}:resource-${at}:read`)),
    expiresAt: 1_900_000_000_000 + number,
    disabled: false,
    revoked: false,
    allowedIps: [],
    issuedAt: 0,
    secretExpiresAt: null,
    owner: {
      id: fresh(`usr_${String(owner).padStart(26, '0')}`),
      username: fresh(`user-${owner}`),
      kind: 'human',
      status: 'active',
      organization: {
        id: fresh(`org_${String(owner % 100).padStart(26, '0')}`),
        slug: fresh(`org-${owner % 100}`),
        status: 'active',
      },
      roles: Array.from({ length: 3 }, (_, at) => fresh(`analytics/role-${(owner + at) % 20}`)),
    },
  };
}

function usedBytes(): number {
  for (let round = 0; round < 3; round++) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function measure(population: Population): number {
  const options = { entriesMax: tokens, absencesMax: 10_000, ttlMs: 30_000, negativeTtlMs: 5000 };
  const memory = new MemoryTier(options, {
    clock: systemClock,
    fences: new Fences(10_000),
    freshness: new Freshness(systemClock),
  });
  const before = usedBytes();
  for (let number = 0; number < tokens; number++) {
    const hash = randomBytes(32).toString('base64url') as TokenHash;
    memory.keep(hash, recordOf(number, population), memory.begin());
  }
  const after = usedBytes();
  if (memory.tokens !== tokens) throw new Error(`only ${memory.tokens} tokens were kept`);
  return (after - before) / 1e6;
}

for (const population of populations) {
  const megabytes = measure(population);
  process.stdout.write(`${tokens} tokens, ${population.name}: ${megabytes.toFixed(1)} MB\n`);
  if (megabytes > limitMb) process.exitCode = 1;
}
