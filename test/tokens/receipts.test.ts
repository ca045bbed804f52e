import { expect, test } from 'vitest';
import type { ServingNode } from '../../src/admin-api/ports/nodes.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { leaseMs } from '../../src/tokens/nodes.ts';
import { Receipts } from '../../src/tokens/receipts.ts';
import { openOnce } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode } from './fixture.ts';
import { followingNode } from './following-node.ts';

const self = { id: 'nod_self', name: 'name of nod_self', staleForMs: 10_000 };

/** What a node knows that has followed the log up to number 7 at every instant. */
const followed = {
  clock: { monotonic: () => 1000 },
  wake: () => undefined,
  progress: () => ({ seen: 7, confirmedAtMs: 1000 }),
};

function nodeOf(id: string, acknowledged: number, more: Partial<ServingNode> = {}): ServingNode {
  const fixed = { address: '127.0.0.1:1', version: '1', revision: 'r', startedAtMs: 0, renewedAtMs: 0 };
  return { ...fixed, id, name: `name of ${id}`, acknowledged, staleForMs: 20_000, state: 'following', ...more };
}

interface Scene {
  nodes: readonly ServingNode[];
  isUp: boolean;
  looks: number;
}

function openReceipts(scene: Scene, waitMs = 100, knows: typeof followed = followed): Receipts {
  const list = (): Promise<readonly ServingNode[]> => {
    scene.looks++;
    return scene.isUp ? Promise.resolve(scene.nodes) : Promise.reject(new StoreUnavailable('for the test'));
  };
  return new Receipts({ nodes: { list }, self, ...knows, waitMs });
}

test('a receipt waits for the node that is behind', async () => {
  const scene: Scene = { nodes: [nodeOf('nod_self', 0), nodeOf('nod_b', 6)], isUp: true, looks: 0 };
  const receipts = openReceipts(scene, 20_000);
  const receipt = receipts.settle();
  await expect.poll(() => scene.looks).toBeGreaterThan(2);
  scene.nodes = [nodeOf('nod_self', 0), nodeOf('nod_b', 7)];
  expect(await receipt).toEqual({
    nodesExpected: 2,
    nodesConfirmed: 2,
    silent: [],
    boundMs: leaseMs(20_000),
  });
});

test('a node that stays behind is named, and its own bound is given', async () => {
  const late = nodeOf('nod_b', 6, { staleForMs: 90_000, state: 'silent' });
  const receipts = openReceipts({ nodes: [late, nodeOf('nod_c', 7)], isUp: true, looks: 0 });
  expect(await receipts.settle()).toEqual({
    nodesExpected: 3,
    nodesConfirmed: 2,
    silent: ['name of nod_b'],
    boundMs: leaseMs(90_000),
  });
});

test('a node whose lease is over is not waited for', async () => {
  const receipts = openReceipts({ nodes: [nodeOf('nod_b', 0, { state: 'gone' })], isUp: true, looks: 0 }, 20_000);
  expect(await receipts.settle()).toMatchObject({ nodesExpected: 1, nodesConfirmed: 1, boundMs: leaseMs(10_000) });
});

test('when the nodes cannot be asked, those that were known are named', async () => {
  const scene: Scene = { nodes: [nodeOf('nod_b', 6)], isUp: true, looks: 0 };
  const receipts = openReceipts(scene);
  await receipts.look();
  scene.isUp = false;
  expect(await receipts.settle()).toMatchObject({ nodesExpected: 2, nodesConfirmed: 1, silent: ['name of nod_b'] });
});

test('a node that appears while the leases are looked at is waited for by whoever changed something meanwhile', async () => {
  let answer: (nodes: readonly ServingNode[]) => void = () => undefined;
  let looks = 0;
  const list = (): Promise<readonly ServingNode[]> => {
    looks++;
    return new Promise((resolve) => (answer = resolve));
  };
  const receipts = new Receipts({ nodes: { list }, self, ...followed, waitMs: 20_000 });
  const early = receipts.settle();
  const late = receipts.settle();
  answer([]);
  expect(await early).toMatchObject({ nodesExpected: 1 });
  await expect.poll(() => looks).toBe(2);
  answer([nodeOf('nod_b', 7)]);
  expect(await late).toMatchObject({ nodesExpected: 2, nodesConfirmed: 2 });
});

test('a hundred receipts at once share their looks', async () => {
  const scene: Scene = { nodes: [nodeOf('nod_b', 7)], isUp: true, looks: 0 };
  const receipts = openReceipts(scene, 20_000);
  const all = await Promise.all(Array.from({ length: 100 }, () => receipts.settle()));
  expect(all.every(({ nodesConfirmed }) => nodesConfirmed === 2)).toBe(true);
  expect(scene.looks).toBeLessThan(5);
});

test('a receipt reads the log before it says who has followed it', async () => {
  const progress = { seen: 6, confirmedAtMs: 999 };
  let wakes = 0;
  const scene: Scene = { nodes: [nodeOf('nod_b', 6)], isUp: true, looks: 0 };
  const receipts = openReceipts(scene, 20_000, { ...followed, wake: () => void wakes++, progress: () => progress });
  const receipt = receipts.settle();
  await expect.poll(() => scene.looks).toBeGreaterThan(2);
  expect(wakes).toBe(1);
  Object.assign(progress, { seen: 7, confirmedAtMs: 1000 });
  const looks = scene.looks;
  await expect.poll(() => scene.looks).toBeGreaterThan(looks + 1);
  scene.nodes = [nodeOf('nod_b', 7)];
  expect(await receipt).toMatchObject({ nodesExpected: 2, nodesConfirmed: 2 });
});

test('a node that cannot read the log claims nothing, not even of itself', async () => {
  const scene: Scene = { nodes: [nodeOf('nod_b', 100)], isUp: true, looks: 0 };
  const receipts = openReceipts(scene, 100, { ...followed, progress: () => ({ seen: 7, confirmedAtMs: 999 }) });
  expect(await receipts.settle()).toMatchObject({
    nodesExpected: 2,
    nodesConfirmed: 0,
    silent: ['name of nod_self', 'name of nod_b'],
  });
});

test('a bulk expiry that finds nothing left has a receipt for the one before it, on whichever node that was', async () => {
  const store = await openOnce('postgres')();
  const [maker, asked] = [await followingNode(store), await followingNode(store)];
  const owner = await newUser(openNode(store), (await newOrganization(openNode(store))).id);
  const { hash, token } = await newToken(maker.node, owner.id);
  for (const member of [maker, asked]) await member.round();
  const late = await followingNode(store);
  await late.node.find(hash);
  // The answer to the first call was lost, and its caller asks another node.
  const expireAll = ({ node }: typeof maker): ReturnType<typeof node.tokens.expireAll> =>
    node.tokens.expireAll({ userId: owner.id }, { most: 10, dryRun: false }, owner.id);
  expect((await expireAll(maker)).tokens).toMatchObject([{ id: token.id, state: 'expired' }]);
  expect((await expireAll(asked)).tokens).toEqual([]);
  asked.node.clock.advance(1);
  const receipts = new Receipts({
    nodes: asked.nodes,
    self: { id: asked.id, name: asked.id, staleForMs: 0 },
    clock: asked.node.clock,
    wake: () => asked.follower.wake(),
    progress: () => ({ seen: asked.follower.seen, confirmedAtMs: asked.node.freshness.confirmedAtMs }),
    waitMs: 300,
  });
  expect(await late.node.find(hash)).toMatchObject({ record: { expiresAt: null } });
  expect(new Set((await receipts.settle()).silent)).toEqual(new Set([maker.id, late.id]));
  for (const member of [maker, late]) await member.round();
  expect(await receipts.settle()).toMatchObject({ nodesExpected: 3, nodesConfirmed: 3 });
  expect(await late.node.find(hash)).toMatchObject({ record: { expiresAt: expect.any(Number) as unknown } });
});
