import { describe, expect, it } from 'vitest';
import { localhostCertificate } from '../support/certificate.ts';
import { startProgram } from '../support/child-gateway.ts';
import { startRedisCluster, startSentinelGroup, startTlsRedis } from '../support/redis-topology.ts';
import { openRedisNode, plainRedis, someHash, someKeyPrefix, someRecord, type RedisNode } from './redis-fixture.ts';

const patient = { timeout: 60_000 };

async function expectShared(one: RedisNode, other: RedisNode): Promise<void> {
  const hash = someHash();
  await expect
    .poll(async () => {
      await one.tier.put(hash, someRecord(), 1);
      return other.tier.get(hash);
    })
    .toMatchObject({ asOf: 1 });
}

let numbers = 0;

async function expectPushed(one: RedisNode, heard: readonly number[]): Promise<void> {
  const before = heard.length;
  await expect
    .poll(() => {
      one.push.announce(++numbers);
      return heard.length;
    })
    .toBeGreaterThan(before);
}

describe('Redis behind sentinels', patient, () => {
  it('is found by its name, and so is the replica that takes its place', async () => {
    const { sentinel, master, replica } = await startSentinelGroup();
    const options = { url: `redis+sentinel://127.0.0.1:${sentinel.port}/main/0`, keyPrefix: someKeyPrefix() };
    const [one, other] = [openRedisNode(options), openRedisNode(options)];
    const heard: number[] = [];
    other.push.subscribe((number) => heard.push(number));
    await expectShared(one, other);
    await expectPushed(one, heard);
    await master.process.end('SIGKILL');
    await expectShared(one, other);
    await expectPushed(one, heard);
    const promoted = plainRedis(`redis://127.0.0.1:${replica.port}`);
    expect(await promoted.keys(`${options.keyPrefix}token:*`)).not.toEqual([]);
  });
});

describe('a Redis cluster', patient, () => {
  it('holds the records of all its nodes, and passes push on', async () => {
    const nodes = await startRedisCluster();
    const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
    const options = { url: `redis+cluster://${hosts}`, keyPrefix: someKeyPrefix() };
    const [one, other] = [openRedisNode(options), openRedisNode(options)];
    const heard: number[] = [];
    other.push.subscribe((number) => heard.push(number));
    for (let token = 0; token < 20; token++) await expectShared(one, other);
    await expectPushed(one, heard);
    const counts = await Promise.all(
      nodes.map(async ({ port }) => (await plainRedis(`redis://127.0.0.1:${port}`).keys('*')).length),
    );
    expect(counts.reduce((sum, keys) => sum + keys)).toBe(20);
    expect(counts.filter((keys) => keys > 0).length).toBeGreaterThan(1);
    await nodes[0]?.process.end('SIGKILL');
    await expect.poll(() => other.errors.length).toBeGreaterThan(0);
    await expectPushed(one, heard);
    for (const { process } of nodes.slice(1)) await process.end('SIGKILL');
    expect(await one.tier.get(someHash())).toBeUndefined();
    await one.tier.bury([someHash()], 1);
  });
});

describe('Redis by TLS', patient, () => {
  it('is believed by a certificate of an authority that the environment names, and by no other', async () => {
    const { port } = await startTlsRedis();
    const env = { NODE_EXTRA_CA_CERTS: localhostCertificate.path };
    const ask = async (url: string, more: NodeJS.ProcessEnv): Promise<string> =>
      (await startProgram('tokens/redis-tls.child.ts', [url], more)).output();
    expect(await ask(`rediss://localhost:${port}`, env)).toContain('ready found');
    expect(await ask(`rediss://127.0.0.1:${port}`, env)).toContain('ready found');
    expect(await ask(`rediss://localhost:${port}`, {})).toContain('ready self-signed certificate');
    expect(await ask(`redis://localhost:${port}`, env)).toMatch(/ready (?!found)/);
  });
});
