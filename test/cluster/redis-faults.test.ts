import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BulkToken } from '../support/bulk-tokens.ts';
import { startCluster, type Cluster, type Fault } from '../support/cluster.ts';
import { count } from '../support/counts.ts';
import { passedAfter, revoke } from '../support/revocation.ts';
import { latencyMs, startLoad, tally } from '../support/steady-load.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
});

afterEach(() => cluster.heal());

const eachLink = (act: (link: Cluster['nodes'][number]['redis']) => unknown) => (): Promise<unknown> =>
  Promise.all(cluster.nodes.map(async (node) => act(node.redis)));

const faults: readonly Fault[] = [
  { name: 'killed', begin: () => cluster.redis.kill(), end: () => cluster.redis.start() },
  { name: 'stopped with SIGSTOP', begin: () => cluster.redis.pause(), end: () => cluster.redis.resume() },
  { name: '200 ms slow', begin: eachLink((link) => link.delay({ toClientMs: 200 })), end: () => cluster.heal() },
  { name: 'behind a link that is down', begin: eachLink((link) => link.stall()), end: () => cluster.heal() },
  { name: 'refusing connections', begin: eachLink((link) => link.refuse()), end: () => cluster.heal() },
];

/** In a long run a hundred thousand requests over all faults, at a pace that leaves another test file its processor. */
const faultMs = count(2000, 40_000);
const perSecond = count(100, 500);

/** Every other request is of a token that no node has seen. */
function mixed(warm: readonly BulkToken[], cold: readonly BulkToken[]): () => string {
  let asked = 0;
  return () => {
    const at = asked++;
    const chosen = at % 2 === 0 ? warm[(at / 2) % warm.length] : cold[(at - 1) / 2];
    return chosen?.secret ?? '';
  };
}

/** How often nodes have found in Redis what another node left there. */
async function hits(): Promise<number> {
  const each = cluster.nodes.map((node) => node.metric('wayleave_cache_lookups_total', 'tier="redis"', 'result="hit"'));
  return (await Promise.all(each)).reduce((sum, own) => sum + own, 0);
}

/** Waits until a token that one node has looked up is found in Redis by the other. */
async function untilShared(): Promise<void> {
  await expect
    .poll(async () => {
      const before = await hits();
      const { secret } = await cluster.issueOne();
      for (const node of cluster.nodes) expect((await node.ask(secret)).status).toBe(200);
      return (await hits()) - before;
    })
    .toBe(1);
}

describe('while Redis is', () => {
  test.each(faults)(
    '$name, no request fails, a revocation holds, and afterwards it is used again',
    { timeout: faultMs * 5 + 120_000 },
    async ({ begin, end }) => {
      onTestFinished(async () => void (await end()));
      await untilShared();
      const seconds = faultMs / 1000 + 10;
      const [warm, cold] = [await cluster.issue(20), await cluster.issue(perSecond * seconds)];
      const revoked = await cluster.issueOne();
      for (const { secret } of [...warm, revoked])
        for (const node of cluster.nodes) expect((await node.ask(secret)).status).toBe(200);

      const load = startLoad({ ports: cluster.ports, perSecond, token: mixed(warm, cold) });
      const ofRevoked = startLoad({ ports: cluster.ports, perSecond: 100, token: () => revoked.secret });
      await begin();
      const { receipt, atMs } = await revoke(cluster.node(0), revoked.id);
      await delay(faultMs);
      await end();
      const answers = await load.stop();

      expect(tally(answers)).toEqual({ 200: answers.length });
      expect(latencyMs(answers, 1)).toBeLessThan(1000);
      expect(receipt).toMatchObject({ nodes_expected: 2, nodes_confirmed: 2, silent: [] });
      expect(passedAfter(await ofRevoked.stop(), revoked.secret, atMs)).toEqual([]);
      await untilShared();
    },
  );
});

test(
  'a Redis that comes back empty costs one query for each token at most',
  { timeout: count(120_000, 600_000) },
  async () => {
    const tokens = await cluster.issue(count(100, 2000));
    const askAll = async (node: number): Promise<void> => {
      const answers = await cluster.node(node).askEach(tokens.map(({ secret }) => secret));
      expect(tally(answers)).toEqual({ 200: tokens.length });
    };
    await askAll(0);
    await cluster.redis.kill();
    await cluster.redis.start();
    await untilShared();
    const recordings = cluster.nodes.map((node) => node.postgres.record());
    for (let round = 0; round < 3; round++) for (const node of [0, 1]) await askAll(node);
    const sent = recordings.map((stop) => stop()).join('\n');
    const queries = tokens.map(({ hash }) => sent.split(hash).length - 1);
    expect(queries.filter((number) => number > 1)).toEqual([]);
  },
);
