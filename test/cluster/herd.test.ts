import { beforeAll, expect, test } from 'vitest';
import type { BulkToken } from '../support/bulk-tokens.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import { count } from '../support/counts.ts';
import { stampede } from '../support/herd.ts';
import { startLoad, tally } from '../support/steady-load.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
});

/** How often each token's hash travelled from a node to Postgres while `act` ran: its queries, as they were sent. */
async function queriesOf(
  node: ClusterNode,
  tokens: readonly BulkToken[],
  act: () => Promise<unknown>,
): Promise<number[]> {
  const stop = node.postgres.record();
  await act();
  const sent = stop();
  const counts = new Map<string, number>();
  for (const [hash] of sent.matchAll(/(?<![\w-])[\w-]{43}(?![\w-])/g)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return tokens.map(({ hash }) => counts.get(hash) ?? 0);
}

const herd = count(1000, 10_000);

test(
  `${herd} requests at once on one cold token cost one query a node at most`,
  { timeout: count(180_000, 600_000) },
  async () => {
    const token = await cluster.issueOne();
    let statuses: Record<string, number> = {};
    let other: number[] = [];
    const queries = await queriesOf(cluster.node(0), [token], async () => {
      other = await queriesOf(cluster.node(1), [token], async () => {
        statuses = await stampede(cluster.ports(), token.secret, herd);
      });
    });
    expect(statuses).toEqual({ 200: herd });
    const all = [...queries, ...other];
    expect(Math.max(...all)).toBe(1);
  },
);

const tokenCount = count(300, 5000);
const perSecond = count(250, 2000);

test(
  `a cold start under ${perSecond} requests a second on ${tokenCount} tokens costs one query a token at most`,
  { timeout: count(180_000, 600_000) },
  async () => {
    const tokens = await cluster.issue(tokenCount);
    await cluster.redis.kill();
    await cluster.redis.start();
    const node = cluster.node(0);
    await node.kill();
    await node.start();
    let asked = 0;
    // Each token by several requests in a row, and all of them more than once.
    const next = (): string => tokens[Math.floor(asked++ / 4) % tokens.length]?.secret ?? '';
    const queries = await queriesOf(node, tokens, async () => {
      const load = startLoad({ ports: () => [node.port], perSecond, token: next });
      await expect.poll(() => asked, { timeout: count(120_000, 500_000) }).toBeGreaterThan(tokenCount * 4);
      const answers = await load.stop();
      expect(tally(answers)).toEqual({ 200: answers.length });
    });
    expect(queries.filter((number) => number > 1)).toEqual([]);
    expect(queries.filter((number) => number === 1)).toHaveLength(tokenCount);
  },
);
