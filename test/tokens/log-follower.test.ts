import { beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../../src/core/directory.ts';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import type { Store } from '../../src/db/store.ts';
import { LogFollower, logRetentionMs } from '../../src/tokens/log-follower.ts';
import { PostgresChangeFeed } from '../../src/tokens/postgres-change-feed.ts';
import { failureOf, openOnce, storeKinds } from '../db/stores.ts';
import { onCleanup } from '../support/cleanup.ts';
import { newOrganization, newToken, newUser, ManualClock, openNode, tokenInput, type Node } from './fixture.ts';
import { followingNode, type FollowingNode } from './following-node.ts';

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  let owner: User;
  let here: FollowingNode;
  let there: FollowingNode;
  beforeAll(async () => {
    store = await open();
    const setup = openNode(store);
    owner = await newUser(setup, (await newOrganization(setup)).id);
    here = await followingNode(store);
    there = await followingNode(store);
  });

  test('what one node revokes another one forgets at its next round', async () => {
    const { hash, token } = await newToken(here.node, owner.id);
    await Promise.all([here.node.find(hash), there.node.find(hash)]);
    await here.node.tokens.act(token.id, 'revoke', owner.id);
    expect(await there.node.find(hash)).toMatchObject({ source: 'memory', record: { revoked: false } });
    await there.round();
    expect(await there.node.find(hash)).toMatchObject({ source: 'postgres', record: { revoked: true } });
  });

  test('a hash that was unknown is known at the next round after its token was made elsewhere', async () => {
    const input = tokenInput(owner.id);
    expect(await there.node.find(input.hash)).toEqual({ kind: 'absent' });
    await here.node.tokens.create(input);
    expect(await there.node.find(input.hash)).toEqual({ kind: 'absent' });
    await there.round();
    expect(await there.node.find(input.hash)).toMatchObject({ kind: 'found' });
  });

  test('those who listen are told of a change once, whoever made it', async () => {
    const told: string[] = [];
    const end = here.node.bus.subscribe((keys) => void told.push(...keys));
    const { token } = await newToken(there.node, owner.id);
    await here.round();
    told.length = 0;
    await here.node.tokens.act(token.id, 'disable', owner.id);
    await here.round();
    await there.node.tokens.act(token.id, 'enable', owner.id);
    await here.round();
    await here.round();
    end();
    expect(told).toEqual([token.id, token.id]);
  });

  test('each node says how far it has followed', async () => {
    const { token } = await newToken(here.node, owner.id);
    await here.node.tokens.act(token.id, 'revoke', owner.id);
    await here.round();
    const acknowledged = async (): Promise<(number | undefined)[]> => {
      const nodes = await here.nodes.list();
      return [here, there].map(({ id }) => nodes.find((node) => node.id === id)?.acknowledged);
    };
    expect(await acknowledged()).toEqual([here.follower.seen, there.follower.seen]);
    expect(here.follower.seen).toBeGreaterThan(there.follower.seen);
    await there.round();
    expect(await acknowledged()).toEqual([here.follower.seen, here.follower.seen]);
  });

  test('rows are removed after their time, but for the last of them, and nobody misses them', async () => {
    const feed = new PostgresChangeFeed(store.log);
    await Promise.all([here.round(), there.round()]);
    const missed = { times: 0 };
    here.node.bus.subscribe(
      () => undefined,
      () => missed.times++,
    );
    await store.log.query((sql) => sql`UPDATE invalidations SET at = at - interval '2 hours'`);
    const { token } = await newToken(there.node, owner.id);
    await feed.prune(logRetentionMs);
    const [row] = await store.log.query((sql) => sql`SELECT count(*)::integer AS rows FROM invalidations`);
    expect(row).toEqual({ rows: 2 });
    await here.round();
    expect([here.follower.seen, missed.times]).toEqual([await feed.head(), 0]);
    expect(token.state).toBe('active');
  });

  test('a node that finds the rows gone that it has not read counts everything as changed', async () => {
    const { hash, token } = await newToken(here.node, owner.id);
    await here.round();
    await here.node.find(hash);
    await there.node.tokens.act(token.id, 'revoke', owner.id);
    await there.node.users.change(owner.organizationId, owner.id, { name: 'Somebody else' });
    const head = await new PostgresChangeFeed(store.log).head();
    await store.log.query((sql) => sql`DELETE FROM invalidations WHERE id < ${head}`);
    const told = { missed: 0 };
    here.node.bus.subscribe(
      () => undefined,
      () => told.missed++,
    );
    await here.round();
    expect(told.missed).toBe(1);
    expect(here.follower.seen).toBe(head);
    expect(here.node.fences.trustsShared(head - 1, 'usr_any')).toBe(false);
    expect(await here.node.find(hash)).toMatchObject({ source: 'postgres', record: { revoked: true } });
  });

  test('after a restore numbers go on above those that nodes have seen, so that no older record outlives a change', async () => {
    const { token } = await newToken(here.node, owner.id);
    await newToken(here.node, owner.id);
    await here.round();
    const seen = here.follower.seen;
    await store.log.query(
      (sql) => sql`
        WITH gone AS (DELETE FROM invalidations WHERE id >= ${seen - 1} RETURNING id)
        SELECT setval('invalidations_id_seq', min(id), false) FROM gone`,
    );
    await here.round();
    expect(here.follower.seen).toBeLessThan(seen);
    expect(here.node.fences.trustsShared(seen, 'usr_any')).toBe(false);
    await there.round();
    await there.node.tokens.act(token.id, 'revoke', owner.id);
    await here.round();
    expect(here.follower.seen).toBeGreaterThan(seen);
    for (const { node } of [here, there]) expect(node.fences.trustsShared(seen, token.id)).toBe(false);
  });

  test('a node that was away for half of the retention counts everything as changed', async () => {
    const { hash } = await newToken(here.node, owner.id);
    await here.round();
    await here.node.find(hash);
    const tick = here.node.fences.tick;
    here.node.clock.advance(logRetentionMs / 2 + 1);
    await here.round();
    expect(here.node.fences.trusts(tick, 'usr_any')).toBe(false);
    expect(here.node.freshness.current).toBe(true);
  });

  test('a node that starts mistrusts shared records from before the changes that it knows', async () => {
    await store.log.query((sql) => sql`UPDATE invalidations SET at = at - interval '2 hours'`);
    const old = await new PostgresChangeFeed(store.log).head();
    const { token } = await newToken(there.node, owner.id);
    await there.node.tokens.act(token.id, 'revoke', owner.id);
    const { node, follower } = await followingNode(store);
    expect(node.fences.trustsShared(old - 1, 'usr_any')).toBe(false);
    expect(node.fences.trustsShared(old, 'usr_any')).toBe(true);
    expect(node.fences.trustsShared(follower.seen - 1, token.id)).toBe(false);
    expect(node.fences.trustsShared(follower.seen, token.id)).toBe(true);
  });
});

test('a round that fails makes nothing fresh and gives memory no lease, and the next one catches up', async () => {
  const store = await openOnce('postgres')();
  const clock = new ManualClock();
  const node: Node = openNode(store, { clock });
  const direct = new PostgresChangeFeed(store.log);
  const faults = { read: false, renew: false };
  const fail = (): Promise<never> => Promise.reject(new StoreUnavailable('for the test'));
  const nodes = {
    renew: () => (faults.renew ? fail() : Promise.resolve()),
    release: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    prune: () => Promise.resolve(),
  };
  const feed = {
    lastBefore: (windowMs: number) => direct.lastBefore(windowMs),
    head: () => direct.head(),
    goOnAbove: (number: number) => direct.goOnAbove(number),
    prune: (retentionMs: number) => direct.prune(retentionMs),
    from: (number: number, rows: number) => (faults.read ? fail() : direct.from(number, rows)),
  };
  const rounds: unknown[] = [];
  let done = (): void => undefined;
  const follower = new LogFollower({
    feed,
    nodes,
    clock,
    fences: node.fences,
    bus: node.bus,
    freshness: node.freshness,
    leaseMs: () => 5000,
    onRound: (failure) => {
      rounds.push(failure);
      done();
    },
  });
  const round = async (): Promise<unknown> => {
    await new Promise<void>((resolve) => {
      done = resolve;
      follower.wake();
    });
    return rounds.at(-1);
  };
  onCleanup(() => follower.close());
  expect(await failureOf(follower.start(60_000))).toBeUndefined();
  for (const fault of ['read', 'renew'] as const) {
    faults[fault] = true;
    clock.advance(5000);
    expect(await round()).toBeInstanceOf(StoreUnavailable);
    expect(node.freshness.current).toBe(false);
    // Others may wait for it again, but what it remembers is from before they did.
    expect(node.memory.isLeased).toBe(false);
    faults[fault] = false;
    expect(await round()).toBeUndefined();
    expect(node.memory.isLeased).toBe(true);
    expect(node.freshness.ageMs()).toBe(0);
  }
});
