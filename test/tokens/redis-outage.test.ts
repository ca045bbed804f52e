import { describe, expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { startRedis } from '../support/redis.ts';
import { openRedisNode, someHash, someKeyPrefix, someRecord, untilAnswered, type RedisNode } from './redis-fixture.ts';

// Redis fails in every way it can. A node waits at most one deadline at a time, and soon not at all, and is back by itself.

function openNode(port: number): RedisNode {
  return openRedisNode({ url: `redis://127.0.0.1:${port}`, keyPrefix: someKeyPrefix() });
}

/** Many lookups at once, none of which may be answered, and how many were waiting for Redis at the most. */
async function expectMisses({ tier, client }: RedisNode, lookups = 500): Promise<number> {
  const asked = Array.from({ length: lookups }, () => tier.get(someHash()));
  const waiting = client.pending;
  expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]));
  return waiting;
}

async function expectUsable({ tier, client }: RedisNode): Promise<void> {
  await expect.poll(() => client.isOpen).toBe(false);
  const hash = someHash();
  await expect
    .poll(async () => {
      await tier.put(hash, someRecord(), 1);
      return tier.get(hash);
    })
    .toMatchObject({ asOf: 1 });
}

/** Nobody is asked any more, so nobody waits: not one command is given. */
async function expectSpared(node: RedisNode): Promise<void> {
  const errors = node.errors.length;
  expect(node.client.isOpen).toBe(true);
  expect(await node.tier.get(someHash())).toBeUndefined();
  expect(node.errors.length).toBe(errors);
}

describe('a Redis', () => {
  it('that is killed and started again, empty, is missed and then used again', async () => {
    const server = await startRedis();
    const node = openNode(server.port);
    await expectUsable(node);
    const hash = someHash();
    await node.tier.put(hash, someRecord(), 1);
    await server.kill();
    await expectMisses(node);
    expect(node.outages).toEqual([expect.any(String)]);
    await server.start();
    await expectUsable(node);
    expect(await node.tier.get(hash)).toBeUndefined();
    expect(node.outages).toEqual([expect.any(String), undefined]);
    expect(node.alarms).toEqual([]);
  });

  it('that hangs keeps nobody waiting beyond a deadline, and at most 100 commands', async () => {
    const server = await startRedis();
    const node = openNode(server.port);
    await expectUsable(node);
    server.pause();
    expect(await expectMisses(node)).toBeLessThanOrEqual(100);
    await expectSpared(node);
    for (let rounds = 0; rounds < 20; rounds++) expect(await expectMisses(node, 200)).toBeLessThanOrEqual(100);
    server.resume();
    await expectUsable(node);
    expect(node.client.pending).toBeLessThanOrEqual(1);
  });

  it('that answers too late is not asked any more, until it answers in time', async () => {
    const server = await startRedis();
    const proxy = await startFaultProxy(server.port);
    const node = openNode(proxy.port);
    await expectUsable(node);
    proxy.delay({ toClientMs: 200 });
    await expectMisses(node);
    expect(node.outages).toEqual(['Redis did not answer within 50 ms']);
    await expectSpared(node);
    await proxy.pass();
    await expectUsable(node);
  });

  it('behind a network that lets nothing through is missed, and found when it does again', async () => {
    const server = await startRedis();
    const proxy = await startFaultProxy(server.port);
    const node = openNode(proxy.port);
    await expectUsable(node);
    proxy.stall();
    await expectMisses(node);
    await expectSpared(node);
    // Longer than the silence after which a connection is taken for dead, so that a new one is under way in vain.
    await expect.poll(() => node.errors.some((error) => error.includes('Socket timeout'))).toBe(true);
    await proxy.pass();
    await expectUsable(node);
  });

  it('that is not there yet is used once it is', async () => {
    const server = await startRedis();
    await server.stop();
    const node = openNode(server.port);
    await expectMisses(node);
    expect(node.outages).toHaveLength(1);
    await server.start();
    await expectUsable(node);
  });

  it('that nobody has is asked for no more than once in a while', async () => {
    const node = openNode(await freePort());
    await expectMisses(node);
    await node.tier.put(someHash(), someRecord(), 1);
    await node.tier.bury([someHash()], 1);
    node.push.announce(1);
    await expectSpared(node);
    expect(new Set(node.errors)).not.toContain('');
  });

  it('whose password is another says so without saying which was tried', async () => {
    const server = await startRedis();
    const url = `redis://somebody:hunter2@127.0.0.1:${server.port}`;
    const node = openRedisNode({ url, keyPrefix: someKeyPrefix() });
    await expect.poll(() => node.errors.some((error) => error.includes('WRONGPASS'))).toBe(true);
    await expectMisses(node);
    expect(node.errors.join()).not.toContain('hunter2');
    await server.kill();
  });
});

it('the breaker spares Redis, and what was asked before it opened holds nobody up', async () => {
  const server = await startRedis();
  const node = openNode(server.port);
  await untilAnswered(node);
  server.pause();
  for (let failures = 0; failures < 5; failures++) expect(await node.tier.get(someHash())).toBeUndefined();
  await expectSpared(node);
  server.resume();
  await expectUsable(node);
});
