import { beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/db/store.ts';
import { freshnessToleranceMs } from '../../src/tokens/freshness.ts';
import { leaseMs, type NodeIdentity, type Nodes } from '../../src/tokens/nodes.ts';
import { PostgresNodes } from '../../src/tokens/postgres-nodes.ts';
import { SingleNode } from '../../src/tokens/single-node.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { ManualClock, unique } from './fixture.ts';

const staleForMs = 60_000;

function identity(more: Partial<NodeIdentity> = {}): NodeIdentity {
  const id = unique('nod');
  const usual = { id, name: `name of ${id}`, version: '1.2.3', revision: 'abc', startedAtMs: 1000, staleForMs };
  return { ...usual, address: () => '127.0.0.1:8080', ...more };
}

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });

  const stateOf = async (nodes: Nodes, id: string): Promise<string | undefined> =>
    (await nodes.list()).find((node) => node.id === id)?.state;

  /** Lets time go by for a node that does not renew its lease. */
  const silence = (id: string, milliseconds: number): Promise<unknown> =>
    store.log.query(
      (sql) => sql`UPDATE nodes SET renewed_at = renewed_at - ${milliseconds} * interval '1 ms' WHERE id = ${id}`,
    );

  test('a node is there from its first renewal until it gives its lease up', async () => {
    const self = identity();
    const nodes = new PostgresNodes(store.log, self);
    expect(await stateOf(nodes, self.id)).toBeUndefined();
    await nodes.renew(5);
    await nodes.renew(8);
    expect((await nodes.list()).find(({ id }) => id === self.id)).toMatchObject({
      name: self.name,
      address: '127.0.0.1:8080',
      version: '1.2.3',
      revision: 'abc',
      startedAtMs: 1000,
      acknowledged: 8,
      staleForMs,
      state: 'following',
    });
    await nodes.release();
    expect(await stateOf(nodes, self.id)).toBeUndefined();
  });

  test('one that is silent is expected until its lease is over, and seen for a day after that', async () => {
    const self = identity();
    const nodes = new PostgresNodes(store.log, self);
    await nodes.renew(1);
    await silence(self.id, freshnessToleranceMs);
    expect(await stateOf(nodes, self.id)).toBe('silent');
    await silence(self.id, leaseMs(staleForMs) - freshnessToleranceMs - 5000);
    expect(await stateOf(nodes, self.id)).toBe('silent');
    await silence(self.id, 5000);
    expect(await stateOf(nodes, self.id)).toBe('gone');
    await nodes.prune();
    expect(await stateOf(nodes, self.id)).toBe('gone');
    await silence(self.id, 86_400_000);
    expect(await stateOf(nodes, self.id)).toBeUndefined();
    await nodes.prune();
    const rows = await store.log.query((sql) => sql`SELECT FROM nodes WHERE id = ${self.id}`);
    expect(rows).toHaveLength(0);
    await nodes.renew(2);
    expect(await stateOf(nodes, self.id)).toBe('following');
  });

  test('a live node is among those that are listed, however many have died within the day', async () => {
    const self = identity({ name: 'zz/last by name' });
    const nodes = new PostgresNodes(store.log, self);
    await store.log.query(
      (sql) => sql`
        INSERT INTO nodes (
          id, name, address, version, revision, started_at, renewed_at, acknowledged, stale_for_ms, lease_ms)
        SELECT 'nod_dead' || n, 'aa/' || n, '', '', '', now(), now() - interval '1 hour', 0, 0, 4500
        FROM generate_series(1, 1000) AS n`,
    );
    await nodes.renew(1);
    expect(await stateOf(nodes, self.id)).toBe('following');
    await store.log.query((sql) => sql`DELETE FROM nodes WHERE id LIKE 'nod_dead%'`);
  });
});

test('a lease is longer than its node serves anything without news', () => {
  for (const stale of [0, 1, freshnessToleranceMs, staleForMs]) {
    expect(leaseMs(stale)).toBeGreaterThan(Math.max(stale, freshnessToleranceMs));
  }
});

test('the node of an embedded store is the only one and is always expected', async () => {
  const clock = new ManualClock();
  const nodes = new SingleNode(identity({ id: 'nod_1' }), clock);
  await nodes.renew(3);
  expect(await nodes.list()).toMatchObject([{ id: 'nod_1', acknowledged: 3, state: 'following' }]);
  clock.advance(86_400_000);
  expect(await nodes.list()).toMatchObject([{ id: 'nod_1', state: 'silent' }]);
});
