import { expect, test } from 'vitest';
import type { ServingNode } from '../../src/admin-api/ports.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { leaseMs } from '../../src/tokens/nodes.ts';
import { Receipts } from '../../src/tokens/receipts.ts';

const self = { id: 'nod_self', staleForMs: 10_000 };

function nodeOf(id: string, acknowledged: number, more: Partial<ServingNode> = {}): ServingNode {
  const fixed = { address: '127.0.0.1:1', version: '1', revision: 'r', startedAtMs: 0, renewedAtMs: 0 };
  return { ...fixed, id, name: `name of ${id}`, acknowledged, staleForMs: 20_000, state: 'following', ...more };
}

interface Scene {
  nodes: readonly ServingNode[];
  isUp: boolean;
  looks: number;
}

function openReceipts(scene: Scene, waitMs = 100): Receipts {
  const list = (): Promise<readonly ServingNode[]> => {
    scene.looks++;
    return scene.isUp ? Promise.resolve(scene.nodes) : Promise.reject(new StoreUnavailable('for the test'));
  };
  return new Receipts({ nodes: { list }, self, highest: () => 7, waitMs });
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
  const receipts = new Receipts({ nodes: { list }, self, highest: () => 7, waitMs: 20_000 });
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
