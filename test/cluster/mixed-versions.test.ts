import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parseSecretKey } from '../../src/core/secret-key.ts';
import { SealedTexts } from '../../src/tokens/sealed-text.ts';
import { clusterSecretKey, startCluster, type Cluster } from '../support/cluster.ts';
import { count } from '../support/counts.ts';
import { revoke } from '../support/revocation.ts';
import { startLoad, tally } from '../support/steady-load.ts';

let cluster: Cluster;

/** The first node knows a scope and a role more than the second. */
beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    yaml: (usual, node) =>
      node === 0
        ? usual
            .replace('{ device:read: Read devices }', '{ device:read: Read devices, device:write: Change devices }')
            .replace('viewer: [ "device:read" ]', 'viewer: [ "device:read", "device:write" ]')
        : usual,
  });
});

interface Made {
  readonly id: string;
  readonly secret: string;
}

/** Makes a token by the newer node, with a scope that the older one has never heard of. */
async function createNew(name: string): Promise<Made> {
  const wish = { user_id: cluster.userId, name, scopes: ['device:read', 'device:write'] };
  const response = await cluster.node(0).api('POST', '/tokens', wish);
  expect(response.status).toBe(201);
  const { token, secret } = (await response.json()) as { token: { id: string }; secret: string };
  return { id: token.id, secret };
}

const mixedMs = count(2000, 60_000);

async function expectBothToServe(): Promise<void> {
  const tokens: Made[] = [await createNew(`first ${performance.now()}`)];
  const load = startLoad({ ports: cluster.ports, perSecond: 200, token: () => tokens.at(-1)?.secret ?? '' });
  const end = performance.now() + mixedMs;
  while (performance.now() < end) {
    const made = await createNew(`next ${performance.now()}`);
    const atOnce = await Promise.all(cluster.nodes.map((node) => node.ask(made.secret)));
    expect(tally(atOnce)).toEqual({ 200: cluster.nodes.length });
    tokens.push(made);
    await delay(100);
  }
  const answers = await load.stop();
  expect(tally(answers)).toEqual({ 200: answers.length });
  for (const { id, secret } of tokens.slice(0, 5)) {
    const { receipt } = await revoke(cluster.node(1), id);
    expect(receipt).toMatchObject({ nodes_expected: 2, nodes_confirmed: 2 });
    expect(tally(await Promise.all(cluster.nodes.map((node) => node.ask(secret))))).toEqual({ '401 token_revoked': 2 });
  }
}

describe('two nodes of which one is older', () => {
  test('by its gateway.yaml both serve what the newer one makes', { timeout: mixedMs * 2 + 60_000 }, async () => {
    await expectBothToServe();
  });

  test(
    'than the schema, which a newer one has changed under it, go on',
    { timeout: mixedMs * 2 + 60_000 },
    async () => {
      const sql = postgres(cluster.postgres.url, { max: 1, onnotice: () => undefined });
      onTestFinished(() => sql.end({ timeout: 5 }));
      await sql.begin(async (later) => {
        await later`ALTER TABLE tokens ADD COLUMN of_tomorrow text NOT NULL DEFAULT 'x'`;
        await later`ALTER TABLE invalidations ADD COLUMN of_tomorrow text`;
        await later`ALTER TABLE nodes ADD COLUMN of_tomorrow text`;
        await later`CREATE TABLE things_of_tomorrow (id text PRIMARY KEY)`;
        await later`INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, '9999_tomorrow.sql', 'x')`;
      });
      await expectBothToServe();
    },
  );

  test(
    'find a record of an unknown form in Redis: it is a miss, costs one query, and raises no alarm',
    { timeout: 60_000 },
    async () => {
      const redis = new Redis(cluster.redis.url);
      onTestFinished(() => redis.disconnect());
      const token = await cluster.issueOne();
      const [a, b] = [cluster.node(0), cluster.node(1)];
      expect((await a.ask(token.secret)).status).toBe(200);
      await expect.poll(() => redis.keys(`*${token.hash}`)).toHaveLength(1);
      const [key = ''] = await redis.keys(`*${token.hash}`);

      const secretKey = parseSecretKey(clusterSecretKey);
      if (secretKey.kind !== 'ok') throw new Error(secretKey.reason);
      const sealed = new SealedTexts(secretKey.key.deriveKey('redis'));
      const found = sealed.open(key, (await redis.get(key)) ?? '');
      if (found === undefined) throw new Error('a node has written something that its key does not open');
      const body = JSON.stringify({ ...(JSON.parse(found.body) as object), format: 99, record: { of: 'tomorrow' } });
      await redis.set(key, sealed.seal(key, { number: found.number, body }), 'PX', 60_000);

      const alarms = await b.metric('wayleave_redis_alarms_total');
      const stop = b.postgres.record();
      expect((await b.ask(token.secret)).status).toBe(200);
      expect(stop().split(token.hash).length - 1).toBe(1);
      expect(await b.metric('wayleave_redis_alarms_total')).toBe(alarms);
    },
  );
});

test(
  'a record in Redis that no node has written is a miss and an alarm, and lets nobody pass',
  { timeout: 60_000 },
  async () => {
    const redis = new Redis(cluster.redis.url);
    onTestFinished(() => redis.disconnect());
    const [token, stranger] = [await cluster.issueOne(), await cluster.issueOne()];
    const [a, b] = [cluster.node(0), cluster.node(1)];
    for (const { secret } of [token, stranger]) expect((await a.ask(secret)).status).toBe(200);
    await expect.poll(() => redis.keys(`*${stranger.hash}`)).toHaveLength(1);
    const [key = ''] = await redis.keys(`*${token.hash}`);
    const [strangersKey = ''] = await redis.keys(`*${stranger.hash}`);
    await revoke(a, token.id);
    // A genuine record, but of another token.
    await redis.set(key, (await redis.get(strangersKey)) ?? '', 'PX', 60_000);
    const alarms = await b.metric('wayleave_redis_alarms_total');
    expect(await b.ask(token.secret)).toMatchObject({ status: 401, code: 'token_revoked' });
    expect(await b.metric('wayleave_redis_alarms_total')).toBe(alarms + 1);
  },
);
