import { beforeAll, expect, test } from 'vitest';
import type { BulkToken } from '../support/bulk-tokens.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { freshDatabase } from '../support/postgres.ts';
import { revoke } from '../support/revocation.ts';
import { gatewayFolder, runCli } from '../commands/cli-process.ts';
import { plainRedis } from '../tokens/redis-fixture.ts';

const patient = { timeout: 120_000 };

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
});

const keyOf = ({ hash }: BulkToken): string => `wl:wl:token:${hash}`;

/** A token that the first node has looked up and left in Redis. */
async function warmToken(): Promise<{ token: BulkToken; value: string }> {
  const redis = plainRedis(cluster.redis.url);
  const token = await cluster.issueOne();
  expect(await cluster.node(0).ask(token.secret)).toMatchObject({ status: 200 });
  await expect.poll(() => redis.get(keyOf(token))).not.toBeNull();
  return { token, value: (await redis.get(keyOf(token))) ?? '' };
}

test('a token that one node has looked up is found by the other in Redis, without Postgres', patient, async () => {
  const { token } = await warmToken();
  const stop = cluster.node(1).postgres.record();
  expect(await cluster.node(1).ask(token.secret)).toMatchObject({ status: 200 });
  expect(stop()).not.toContain(token.hash);
});

test(
  'a revocation by one node holds on the other, and so it does when the old value is put back',
  patient,
  async () => {
    const { token, value } = await warmToken();
    await revoke(cluster.node(0), token.id);
    const redis = plainRedis(cluster.redis.url);
    await redis.set(keyOf(token), value);
    for (const node of cluster.nodes) {
      expect(await node.ask(token.secret)).toMatchObject({ status: 401, code: 'token_revoked' });
    }
  },
);

test('what somebody else wrote into Redis is counted, logged and not believed', patient, async () => {
  const [poor, rich] = [await cluster.issueOne(), await warmToken()];
  const redis = plainRedis(cluster.redis.url);
  await redis.set(keyOf(poor), rich.value);
  const node = cluster.node(1);
  expect(await node.ask(poor.secret)).toMatchObject({ status: 200 });
  expect(await node.metric('wayleave_redis_alarms_total', 'alarm="seal"')).toBe(1);
  expect(node.log).toContain('was not written there by a node with this WAYLEAVE_SECRET_KEY');
  expect(node.log).not.toContain(poor.hash);
});

test('a gateway starts without its Redis, and uses it once it is there', patient, async () => {
  const node = cluster.node(1);
  await node.stop();
  await cluster.redis.kill();
  await node.start();
  const token = await cluster.issueOne();
  expect(await node.ask(token.secret)).toMatchObject({ status: 200 });
  await cluster.redis.start();
  const redis = plainRedis(cluster.redis.url);
  await expect
    .poll(async () => {
      expect(await node.ask((await cluster.issueOne()).secret)).toMatchObject({ status: 200 });
      return redis.dbsize();
    })
    .toBeGreaterThan(0);
});

test('serve with Postgres and without a secret key says what to set and how to make one', patient, async () => {
  const folder = await gatewayFolder((yaml) => yaml.replace('data_dir: ./data', 'postgres: ${DATABASE_URL}'));
  const env = { DATABASE_URL: (await freshDatabase()).url };
  const { exit, stderr } = await runCli(['serve', '--config', folder.file], env);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^wayleave serve: With Postgres [^\n]*WAYLEAVE_SECRET_KEY[^\n]*openssl rand -base64 32\n$/m);
  expect(await runCli(['validate', folder.file], env)).toMatchObject({ exit: 0 });
});
