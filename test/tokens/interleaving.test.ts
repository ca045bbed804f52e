import { beforeEach, expect, test } from 'vitest';
import type { User } from '../../src/core/directory.ts';
import type { LookupOutcome } from '../../src/core/token-lookup.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { openOnce } from '../db/stores.ts';
import { sharedRedis } from '../support/redis.ts';
import { followingNode, type FollowingNode } from './following-node.ts';
import { newOrganization, newToken, newUser, openNode, type Issued } from './fixture.ts';
import { openRedisNode, someKeyPrefix, untilAnswered } from './redis-fixture.ts';
import { LateTier } from './two-nodes.ts';

const open = openOnce('postgres');

/** Each order of the given events that keeps the order of those of one list. */
function interleavings<Event>(one: readonly Event[], other: readonly Event[]): Event[][] {
  const [first, ...rest] = one;
  const [second, ...others] = other;
  if (first === undefined) return [[...other]];
  if (second === undefined) return [[...one]];
  return [
    ...interleavings(rest, other).map((order) => [first, ...order]),
    ...interleavings(one, others).map((order) => [second, ...order]),
  ];
}

/**
 * One node reads a token from Postgres and leaves it in Redis; another changes the token meanwhile. `read`: Postgres has
 * been asked; `answer`: its answer arrives; `fill`: what it led to arrives in Redis. `commit`: the change is committed;
 * `bury`: its tombstone arrives; `follow`: the first node learns of it.
 */
const orders = interleavings(['read', 'answer', 'fill'], ['commit', 'bury', 'follow']);

interface Scene {
  readonly filling: FollowingNode;
  readonly changing: FollowingNode;
  readonly fills: LateTier;
  readonly tombstones: LateTier;
  readonly token: Issued;
  readonly owner: User;
  /** Postgres has read the token for the first node. */
  readonly hasRead: Promise<void>;
  /** Lets what it has read through. */
  readonly answer: () => void;
}

let scene: Scene;
beforeEach(async () => {
  const store = await open();
  const { url } = await sharedRedis();
  const shared = { url, keyPrefix: someKeyPrefix(), lifetimeMs: 3_600_000 };
  const tiers = [openRedisNode(shared), openRedisNode(shared)] as const;
  await Promise.all(tiers.map(untilAnswered));
  const [fills, tombstones] = [new LateTier(tiers[0].tier), new LateTier(tiers[1].tier)];
  fills.isHolding = true;
  tombstones.isHolding = true;
  const setup = openNode(store);
  const owner = await newUser(setup, (await newOrganization(setup)).id);
  const token = await newToken(setup, owner.id);
  let [answer, reads] = [(): void => undefined, (): void => undefined];
  const hasRead = new Promise<void>((resolve) => (reads = resolve));
  const gate = new Promise<void>((resolve) => (answer = resolve));
  const delayed = async (record: TokenRecord | undefined): Promise<TokenRecord | undefined> => {
    reads();
    await gate;
    return record;
  };
  const filling = await followingNode(store, {
    shared: fills,
    onRead: (read) => read.then(delayed),
  });
  const changing = await followingNode(store, { shared: tombstones });
  scene = { filling, changing, fills, tombstones, token, owner, hasRead, answer };
});

const changes = {
  revocation: { revoked: true },
  edit: { scopes: ['device:read'] },
} as const;

const cases = Object.entries(changes).flatMap(([change, told]) =>
  orders.map((order) => ({ change, told, order: order.join(', ') })),
);

test.each(cases)('$change: $order', async ({ change, told, order }) => {
  const { filling, changing, fills, tombstones, token, owner, hasRead, answer } = scene;
  let begun: Promise<LookupOutcome> | undefined;
  let isFollowed = false;
  for (const event of order.split(', ')) {
    if (event === 'read') {
      begun = filling.node.find(token.hash);
      await hasRead;
    }
    if (event === 'answer') {
      answer();
      const outcome = await begun;
      if (isFollowed) expect(outcome).toMatchObject({ record: told });
    }
    if (event === 'fill') await fills.release();
    if (event === 'commit') {
      await (change === 'edit'
        ? changing.node.tokens.edit(token.token.id, { scopes: ['device:read'] }, owner.id)
        : changing.node.tokens.act(token.token.id, 'revoke', owner.id));
    }
    if (event === 'bury') await tombstones.release();
    if (event === 'follow') {
      await filling.round();
      isFollowed = true;
    }
    // The node that made the change never says anything older, whatever is in Redis.
    if (event !== 'read' && order.indexOf('commit') <= order.indexOf(event)) {
      expect(await changing.node.find(token.hash)).toMatchObject({ record: told });
    }
  }
  for (const node of [filling, changing]) {
    expect(await node.node.find(token.hash)).toMatchObject({ record: told });
  }
});
