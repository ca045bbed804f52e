import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { count } from '../support/counts.ts';
import type { SeenAnswer } from '../support/gateway-client.ts';
import { holdLock } from '../support/held-lock.ts';
import { revoke } from '../support/revocation.ts';
import { latencyMs, startLoad, tally } from '../support/steady-load.ts';

/** No answer may take longer: the store's deadline is a second, and machines are slow at times. */
const patienceMs = 3000;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
});

describe('a pool of which every connection is held', () => {
  test(
    'that of lookups: cold tokens are refused at once, hot ones and the admin API go on',
    { timeout: count(60_000, 180_000) },
    async () => {
      const [hot, cold] = [await cluster.issueOne(), await cluster.issue(count(400, 2000))];
      const node = cluster.node(0);
      expect((await node.ask(hot.secret)).status).toBe(200);
      // The node has followed all that was changed so far, so it does not look its admin up again.
      await revoke(node, (await cluster.issueOne()).id);
      await delay(1000);
      expect((await node.api('GET', '/organizations')).status).toBe(200);
      const letGo = await holdLock(cluster.postgres.url, 'LOCK TABLE token_secrets IN ACCESS EXCLUSIVE MODE');
      onTestFinished(letGo);
      const load = startLoad({ ports: () => [node.port], perSecond: 100, token: () => hot.secret });
      const refused: SeenAnswer[] = [];
      for (let at = 0; at < cold.length; at += 400) {
        refused.push(...(await Promise.all(cold.slice(at, at + 400).map(({ secret }) => node.ask(secret)))));
      }
      expect(tally(refused)).toEqual({ '503 store_unavailable': cold.length });
      expect(latencyMs(refused, 1)).toBeLessThan(patienceMs);
      await expect.poll(async () => (await node.api('GET', '/organizations')).status).toBe(200);
      await delay(500);
      const answers = await load.stop();
      expect(tally(answers)).toEqual({ 200: answers.length });
      await letGo();
      await expect.poll(async () => (await node.ask((await cluster.issueOne()).secret)).status).toBe(200);
    },
  );

  test('that of the admin API: lookups go on', { timeout: 60_000 }, async () => {
    await expect.poll(async () => (await cluster.node(0).ask((await cluster.issueOne()).secret)).status).toBe(200);
    const [doomed, cold] = [await cluster.issue(40), await cluster.issue(50)];
    const letGo = await holdLock(cluster.postgres.url, 'LOCK TABLE invalidations IN SHARE MODE');
    onTestFinished(letGo);
    const node = cluster.node(0);
    const writes = Promise.all(
      doomed.map(async ({ id }) => (await node.api('POST', `/tokens/${id}/revoke`, {})).status),
    );
    writes.catch(() => undefined);
    await delay(100);
    const answers = await node.askEach(cold.map(({ secret }) => secret));
    expect(tally(answers)).toEqual({ 200: cold.length });
    expect(new Set(await writes)).toEqual(new Set([503]));
    await letGo();
    await expect.poll(async () => (await node.api('GET', '/organizations')).status).toBe(200);
    for (const { id } of doomed.slice(0, 3)) await revoke(node, id);
  });
});
