import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type Cluster, type Fault } from '../support/cluster.ts';
import { isLongRun } from '../support/counts.ts';

let cluster: Cluster;

// A burst of ten, of which nothing comes back while a test runs.
const rule = 'rate_limit: { limit: 10, window: 1d, per: token }';

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    yaml: (usual) => usual.replace('scopes: device:read }', `scopes: device:read, ${rule} }`),
  });
  await untilShared();
});

afterEach(async () => {
  await cluster.heal();
  await untilShared();
});

/** How many of so many requests pass, a few at a time, in turn over the nodes or all by one of them. */
async function passing(token: string, requests: number, only?: number): Promise<number> {
  let passed = 0;
  for (let request = 0; request < requests; request++) {
    const { status, code, endedAtMs, beganAtMs } = await cluster.node(only ?? request % 2).ask(token);
    if (status === 200) passed++;
    else expect([status, code]).toEqual([429, 'rate_limited']);
    // The deadline of a command is 50 ms. How busy a machine is at other times says nothing.
    if (isLongRun) expect(endedAtMs - beganAtMs).toBeLessThan(1000);
  }
  return passed;
}

/** Waits until every node counts in Redis. */
async function untilShared(): Promise<void> {
  for (;;) {
    const { secret } = await cluster.issueOne();
    if ((await passing(secret, 24)) === 10) return;
  }
}

const alone = async (): Promise<number> => {
  const each = cluster.nodes.map((node) => node.metric('wayleave_rate_limit_alone_total'));
  return (await Promise.all(each)).reduce((sum, own) => sum + own, 0);
};

const note = async (number: number): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${cluster.node(number).adminPort}/readyz?verbose`);
  return /.*rate_limits.*/.exec((await response.text()).replaceAll('},{', '},\n{'))?.[0] ?? '';
};

test('all nodes together let no more pass than the limit', async () => {
  const before = await alone();
  const { secret } = await cluster.issueOne();
  expect(await passing(secret, 30)).toBe(10);
  expect(await alone()).toBe(before);
  expect(await note(0)).toContain('counted in Redis, for all nodes together');
  const limited = await Promise.all(
    cluster.nodes.map((node) => node.metric('wayleave_rate_limited_total', 'route="devices"')),
  );
  expect(Math.min(...limited)).toBeGreaterThan(0);
});

test('a node that has just started knows what the others have counted', async () => {
  const { secret } = await cluster.issueOne();
  expect(await passing(secret, 12, 0)).toBe(10);
  await cluster.node(1).kill();
  await cluster.node(1).start();
  await expect.poll(() => note(1)).toContain('for all nodes together');
  expect(await passing(secret, 5, 1)).toBe(0);
});

const faults: readonly Fault[] = [
  { name: 'killed', begin: () => cluster.redis.kill(), end: () => cluster.redis.start() },
  { name: 'stopped with SIGSTOP', begin: () => cluster.redis.pause(), end: () => cluster.redis.resume() },
  {
    name: '200 ms slow',
    begin: () => cluster.nodes.forEach((node) => node.redis.delay({ toClientMs: 200 })),
    end: () => cluster.heal(),
  },
];

describe('while Redis is', () => {
  test.each(faults)('$name, each node counts alone, and no request fails for it', async ({ begin, end }) => {
    const { secret } = await cluster.issueOne();
    const before = await alone();
    await begin();
    try {
      expect(await passing(secret, 15, 0)).toBe(10);
      expect(await passing(secret, 15, 1)).toBe(10);
      expect((await alone()) - before).toBe(20);
      await expect.poll(() => note(0)).toContain('counted by this node alone');
    } finally {
      await end();
    }
  });
});
