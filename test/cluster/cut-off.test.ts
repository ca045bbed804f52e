import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterNode } from '../support/cluster-node.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { count } from '../support/counts.ts';
import { holdLock } from '../support/held-lock.ts';
import { passedAfter, revoke } from '../support/revocation.ts';
import { startLoad, tally } from '../support/steady-load.ts';

interface Cut {
  readonly name: string;
  readonly begin: (node: ClusterNode) => unknown;
  /** It hears of nothing that is committed, so it cannot confirm. */
  readonly isSilent: boolean;
}

/** Each is done to a node of its own, all at the same time. */
const cuts: readonly Cut[] = [
  { name: 'from Redis, half open', begin: ({ redis }) => redis.stall(), isSilent: false },
  { name: 'from Redis, refused', begin: ({ redis }) => redis.refuse(), isSilent: false },
  { name: 'from Postgres, half open', begin: ({ postgres }) => postgres.stall(), isSilent: true },
  { name: 'from Postgres, refused', begin: ({ postgres }) => postgres.refuse(), isSilent: true },
  {
    name: 'from both, half open',
    begin: ({ redis, postgres }) => {
      redis.stall();
      postgres.stall();
    },
    isSilent: true,
  },
  {
    name: 'from both, refused',
    begin: ({ redis, postgres }) => Promise.all([redis.refuse(), postgres.refuse()]),
    isSilent: true,
  },
  { name: 'by a stop of its process', begin: (node) => node.pause(), isSilent: true },
];

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: cuts.length + 1, cache: '{ ttl: 1s, stale_for: 2s }' });
});

afterEach(() => cluster.heal());

/** Waits until a receipt names nobody as silent. */
async function untilAllConfirm(): Promise<void> {
  const confirmed = cuts.length + 1;
  await expect
    .poll(async () => (await revoke(cluster.node(0), (await cluster.issueOne()).id)).receipt)
    .toMatchObject({ nodes_expected: confirmed, nodes_confirmed: confirmed });
}

describe('a node that is cut off', () => {
  test(
    'in whatever way is named in the receipt, refuses within its bound, and serves nothing of it when it is back',
    { timeout: count(1, 10) * 90_000 },
    async () => {
      const cutNodes = cluster.nodes.slice(1).map((node, at) => ({ node, cut: cuts[at], name: cuts[at]?.name ?? '' }));
      onTestFinished(() => cluster.nodes.at(-1)?.resume());
      for (let round = 0; round < count(1, 10); round++) {
        await untilAllConfirm();
        const [token, other] = [await cluster.issueOne(), await cluster.issueOne()];
        for (const { secret } of [token, other])
          for (const node of cluster.nodes) expect((await node.ask(secret)).status).toBe(200);
        const loads = cutNodes.map(({ node }) =>
          startLoad({ ports: () => [node.port], perSecond: 50, token: () => token.secret }),
        );
        await delay(100);
        await Promise.all(cutNodes.map(async ({ node, cut }) => cut?.begin(node)));
        const cutAtMs = performance.now();
        await delay(100);
        const { receipt, atMs } = await revoke(cluster.node(0), token.id);
        const silent = cutNodes.filter(({ cut }) => cut?.isSilent);
        expect(receipt).toMatchObject({
          nodes_expected: cluster.nodes.length,
          nodes_confirmed: cluster.nodes.length - silent.length,
        });
        const silentPids = silent.map(({ node }) => String(node.pid));
        expect(new Set(receipt.silent.map((name) => name.split('/').at(-1)))).toEqual(new Set(silentPids));

        await delay(receipt.bound_seconds * 1000 - (performance.now() - atMs));
        const boundMs = performance.now();
        await delay(250);
        await cluster.heal();
        cluster.nodes.at(-1)?.resume();
        await delay(500);
        const passed: Record<string, readonly number[]> = {};
        for (const [at, { name, cut }] of cutNodes.entries()) {
          const answers = (await loads[at]?.stop()) ?? [];
          passed[name] = passedAfter(answers, token.secret, cut?.isSilent ? boundMs : atMs);
          // What waited at the process that was stopped was judged when it went on.
          const late = answers.filter(({ beganAtMs, endedAtMs }) => beganAtMs > cutAtMs && endedAtMs > boundMs);
          expect(tally(late)['200']).toBeUndefined();
        }
        expect(passed).toEqual(Object.fromEntries(cuts.map(({ name }) => [name, []])));
        for (const node of cluster.nodes) {
          await expect.poll(async () => (await node.ask(other.secret)).status).toBe(200);
          expect(await node.ask(token.secret)).toMatchObject({ status: 401, code: 'token_revoked' });
        }
      }
    },
  );

  test(
    'from its lease alone is not counted any more only when it serves from memory no more',
    { timeout: 120_000 },
    async () => {
      await untilAllConfirm();
      const [a, b] = [cluster.node(0), cluster.node(1)];
      const token = await cluster.issueOne();
      const lease = `SELECT 1 FROM nodes WHERE name LIKE '%${b.pid}' FOR UPDATE`;
      onTestFinished(await holdLock(cluster.postgres.url, lease));
      const load = startLoad({ ports: () => [b.port], perSecond: 200, token: () => token.secret });
      const { receipt } = await revoke(a, (await cluster.issueOne()).id);
      expect(receipt.nodes_expected).toBe(cluster.nodes.length);
      await expect
        .poll(async () => (await revoke(a, (await cluster.issueOne()).id)).receipt.nodes_expected, { interval: 50 })
        .toBe(cluster.nodes.length - 1);
      const { atMs } = await revoke(a, token.id);
      await delay(500);
      expect(passedAfter(await load.stop(), token.secret, atMs)).toEqual([]);
    },
  );
});
