import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenAction } from '../../src/admin-api/ports/tokens.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { Store } from '../../src/db/store.ts';
import { freshnessToleranceMs } from '../../src/tokens/freshness.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { count } from '../support/counts.ts';
import { sharedRedis } from '../support/redis.ts';
import { staleForMs } from './fixture.ts';
import { openRedisNode, plainRedis, someKeyPrefix, untilAnswered, type RedisNode } from './redis-fixture.ts';
import { LateTier, slots, TwoNodes, users, type Change } from './two-nodes.ts';

type Step =
  | { readonly do: 'change'; readonly node: number; readonly change: Change }
  | { readonly do: 'follow'; readonly node: number }
  | { readonly do: 'look'; readonly node: number; readonly slot: number; readonly staleForMs: number }
  | { readonly do: 'wait'; readonly milliseconds: number }
  | { readonly do: 'cut' | 'heal'; readonly node: number }
  | { readonly do: 'hold' | 'release' | 'lose' | 'empty' };

const [node, user, slot] = [fc.nat(1), fc.nat(users - 1), fc.nat(slots - 1)];
const action = fc.constantFrom<TokenAction>('expire', 'disable', 'enable', 'revoke', 'delete');
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constant('create' as const), user, slot }),
  fc.record({ do: fc.constant('act' as const), slot, action }),
  fc.record({ do: fc.constant('edit' as const), slot, scopes: fc.subarray(['device:read', 'device:write']) }),
  fc.record({ do: fc.constant('user' as const), user, status: fc.constantFrom('active', 'disabled') }),
  fc.record({ do: fc.constant('organization' as const), status: fc.constantFrom('active', 'suspended') }),
  fc.record({ do: fc.constant('role' as const), user, given: fc.boolean() }),
);
const look = fc.record({
  do: fc.constant('look' as const),
  node,
  slot,
  staleForMs: fc.constantFrom(0, staleForMs),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('change' as const), node, change }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('follow' as const), node }) },
  { weight: 8, arbitrary: look },
  fc.record({ do: fc.constant('wait' as const), milliseconds: fc.constantFrom(1, 1000, 2500, 29_000, 61_000) }),
  fc.record({ do: fc.constantFrom('cut' as const, 'heal' as const), node }),
  fc.record({ do: fc.constantFrom('hold' as const, 'release' as const, 'lose' as const, 'empty' as const) }),
);

interface Snapshot {
  readonly records: readonly (TokenRecord | undefined)[];
  readonly fromMs: number;
}

/** What the database has said so far, and how much of that each node must know. */
class History {
  readonly #snapshots: Snapshot[] = [];
  /** By node and slot, the first snapshot that counts. */
  readonly #least = [0, 1].map(() => Array.from({ length: slots }, () => 0));
  /** The same for the answer that there is no such token: only following and making the token end that one. */
  readonly #leastAbsent = [0, 1].map(() => Array.from({ length: slots }, () => 0));

  note(records: readonly (TokenRecord | undefined)[], fromMs: number, changedBy?: number): void {
    const before = this.#snapshots.at(-1)?.records;
    this.#snapshots.push({ records, fromMs });
    if (changedBy === undefined || before === undefined) return;
    for (let at = 0; at < slots; at++) {
      if (JSON.stringify(before[at]) === JSON.stringify(records[at])) continue;
      this.#know(this.#least, changedBy, at);
      if (before[at] === undefined) this.#know(this.#leastAbsent, changedBy, at);
    }
  }

  followed(by: number): void {
    for (let at = 0; at < slots; at++) {
      this.#know(this.#least, by, at);
      this.#know(this.#leastAbsent, by, at);
    }
  }

  /** What a node may say about a slot: what was true at an instant since `sinceMs`, and no older than it must know. */
  allowed(by: number, at: number, sinceMs: number): (TokenRecord | undefined)[] {
    return this.#snapshots
      .map(({ records }, version) => ({ record: records[at], version }))
      .filter(({ record, version }) => {
        const least = record === undefined ? this.#leastAbsent : this.#least;
        const until = this.#snapshots[version + 1]?.fromMs ?? Infinity;
        return version >= (least[by]?.[at] ?? 0) && until > sinceMs;
      })
      .map(({ record }) => record);
  }

  #know(least: number[][], by: number, at: number): void {
    const known = least[by];
    if (known !== undefined) known[at] = this.#snapshots.length - 1;
  }
}

interface Run {
  readonly scene: TwoNodes;
  readonly history: History;
  readonly tiers: readonly LateTier[];
  readonly empty: () => Promise<void>;
}

async function lookAt({ scene, history }: Run, one: Extract<Step, { do: 'look' }>): Promise<void> {
  const { node: found, isCutOff } = scene.member(one.node);
  const boundMs = Math.max(one.staleForMs, freshnessToleranceMs);
  const allowed = history.allowed(one.node, one.slot, scene.clock.monotonic() - boundMs);
  try {
    const outcome = await found.node.lookup.find(scene.hash(one.slot), one.staleForMs);
    expect(allowed).toContainEqual(outcome.kind === 'found' ? outcome.record : undefined);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    expect(isCutOff).toBe(true);
  }
}

async function take(run: Run, one: Step): Promise<void> {
  const { scene, history, tiers, empty } = run;
  switch (one.do) {
    case 'change':
      if (scene.member(one.node).isCutOff) return;
      await scene.change(one.node, one.change);
      history.note(await scene.truth(), scene.clock.monotonic(), one.node);
      return;
    case 'follow':
      if (scene.member(one.node).isCutOff) return;
      await scene.member(one.node).node.round();
      history.followed(one.node);
      return;
    case 'look':
      return lookAt(run, one);
    case 'wait':
      scene.clock.advance(one.milliseconds);
      return;
    case 'cut':
    case 'heal':
      scene.member(one.node).isCutOff = one.do === 'cut';
      return;
    case 'hold':
      for (const tier of tiers) tier.isHolding = true;
      return;
    case 'release':
    case 'lose':
      for (const tier of tiers) {
        tier.isHolding = false;
        if (one.do === 'lose') tier.lose();
        await tier.release();
      }
      return;
    case 'empty':
      await empty();
  }
}

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  let url: string;
  beforeAll(async () => {
    store = await open();
    ({ url } = await sharedRedis());
  });

  test('two nodes say what Postgres says: at once where it changed, elsewhere once they have followed, never after the bound', async () => {
    const redis = plainRedis(url);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const keyPrefix = someKeyPrefix();
        const shares: RedisNode[] = [0, 1].map(() => openRedisNode({ url, keyPrefix, lifetimeMs: 3_600_000 }));
        for (const share of shares) await untilAnswered(share);
        const tiers = shares.map(({ tier }) => new LateTier(tier));
        const scene = await TwoNodes.open(store, tiers);
        const history = new History();
        history.note(await scene.truth(), scene.clock.monotonic());
        const empty = async (): Promise<void> => {
          const keys = await redis.keys(`${keyPrefix}*`);
          if (keys.length > 0) await redis.del(keys);
        };
        for (const one of steps) await take({ scene, history, tiers, empty }, one);
        await empty();
        for (const share of shares) await share.close();
        await scene.close();
      }),
      { numRuns: count(15, 500), endOnFailure: true },
    );
  });
});
