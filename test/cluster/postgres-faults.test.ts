import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { startCluster, type Cluster, type Fault } from '../support/cluster.ts';
import { count } from '../support/counts.ts';
import { freePort } from '../support/free-port.ts';
import type { SeenAnswer } from '../support/gateway-client.ts';
import { latencyMs, startLoad, tally } from '../support/steady-load.ts';

/** The long run is away for a whole minute, as long as nodes go on by default. */
const staleForMs = count(4000, 60_000);
/** No answer may take longer, whatever the store does: its deadline is a second, and machines are slow at times. */
const patienceMs = 3000;

/** As many tokens are asked for at once as a node lets wait for its store. */
const herdSize = 200;
const herdsOf = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / herdSize) }, (_, at) =>
    items.slice(at * herdSize, (at + 1) * herdSize),
  );

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, cache: `{ ttl: 1s, stale_for: ${staleForMs}ms }` });
});

afterEach(async () => {
  await cluster.heal();
  for (const node of cluster.nodes) {
    if (!node.isRunning || /"level":60|unhandled/i.test(node.log)) throw new Error(`a node failed:\n${node.log}`);
  }
});

const faults: readonly Fault[] = [
  { name: 'killed', begin: () => cluster.postgres.kill(), end: () => cluster.postgres.start() },
  { name: 'stopped with SIGSTOP', begin: () => cluster.postgres.pause(), end: () => cluster.postgres.resume() },
  {
    name: 'behind a link that is down',
    begin: () => {
      for (const node of cluster.nodes) node.postgres.stall();
    },
    end: () => cluster.heal(),
  },
];

describe('while Postgres is', () => {
  test.each(faults)(
    '$name, hot tokens live on within stale_for and not beyond, cold ones are 503, and its return is no stampede',
    { timeout: 180_000 },
    async ({ begin, end }) => {
      const hot = await cluster.issue(10);
      const cold = await cluster.issue(count(200, 2000));
      for (const { secret } of hot) for (const node of cluster.nodes) expect((await node.ask(secret)).status).toBe(200);
      onTestFinished(async () => void (await end()));

      let asked = 0;
      const load = startLoad({
        ports: cluster.ports,
        perSecond: 100,
        token: () => hot[asked++ % hot.length]?.secret ?? '',
      });
      const beganAtMs = performance.now();
      await begin();
      const refused: SeenAnswer[] = [];
      for (const herd of herdsOf(cold)) {
        refused.push(...(await Promise.all(herd.map(({ secret }, at) => cluster.node(at % 2).ask(secret)))));
      }
      refused.push(await cluster.node(1).ask(mintToken('wl', 'pat')));
      expect(tally(refused)).toEqual({ '503 store_unavailable': cold.length + 1 });
      expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));
      expect(latencyMs(refused, 1)).toBeLessThan(patienceMs);
      expect((await cluster.node(0).api('POST', '/organizations', { slug: 'late', name: 'Late' })).status).toBe(503);

      // Until nobody is served any more, on either node.
      const both = (): Promise<SeenAnswer[]> =>
        Promise.all(cluster.nodes.map((node) => node.ask(hot[0]?.secret ?? '')));
      await expect
        .poll(async () => (await both()).map(({ status }) => status), { timeout: staleForMs + 20_000 })
        .toEqual([503, 503]);
      const answers = await load.stop();
      // The load may end before one of its own is refused; the polls above were.
      const kinds = new Set([...Object.keys(tally(answers)), '200', '503 store_unavailable']);
      expect(kinds).toEqual(new Set(['200', '503 store_unavailable']));
      expect(latencyMs(answers, 1)).toBeLessThan(patienceMs);
      // Both ends of the promise, with a second for the tick of the log: within stale_for it serves, afterwards it does not.
      const early = answers.filter((seen) => seen.endedAtMs < beganAtMs + staleForMs - 1500);
      expect(tally(early)).toEqual({ 200: early.length });
      const late = answers.filter((seen) => seen.beganAtMs > beganAtMs + staleForMs + 1000);
      expect(tally(late)).toEqual(late.length === 0 ? {} : { '503 store_unavailable': late.length });

      const recordings = cluster.nodes.map((node) => node.postgres.record());
      await end();
      for (const herd of herdsOf(cold)) {
        await expect
          .poll(async () => {
            const all = await Promise.all(
              cluster.nodes.flatMap((node) => [...hot, ...herd].map(({ secret }) => node.ask(secret))),
            );
            return tally(all)['503 store_unavailable'];
          })
          .toBeUndefined();
      }
      const queries = recordings.map((stop) => stop());
      // Each asked each token once after the return, and a second time when its ttl had passed by then.
      for (const sent of queries) {
        const most = Math.max(...cold.map(({ hash }) => sent.split(hash).length - 1));
        expect(most).toBeLessThanOrEqual(3);
      }
    },
  );
});

test(
  'a Postgres that comes back at another address has all that was acknowledged, and writes go on within five seconds',
  { timeout: 120_000 },
  async () => {
    const doomed = await cluster.issue(count(100, 1000));
    const made: string[] = [];
    const revoked: string[] = [];
    const over = new AbortController();
    const work = async (worker: number): Promise<void> => {
      for (let n = worker; !over.signal.aborted; n += 4) {
        const node = cluster.node(n % 2);
        const created = await node.api('POST', '/tokens', {
          user_id: cluster.userId,
          name: `moved-${n}`,
          scopes: ['device:read'],
        });
        const body = (await created.json()) as { secret: string };
        if (created.status === 201) made.push(body.secret);
        else expect([503, 409]).toContain(created.status);
        const victim = doomed[n];
        if (victim === undefined) continue;
        const ended = await node.api('POST', `/tokens/${victim.id}/revoke`, {});
        await ended.arrayBuffer();
        if (ended.status === 200) revoked.push(victim.secret);
        else expect(ended.status).toBe(503);
      }
    };
    const workers = [0, 1, 2, 3].map(work);
    await expect.poll(() => made.length).toBeGreaterThan(5);
    await cluster.postgres.kill();
    await cluster.postgres.start(await freePort());
    for (const node of cluster.nodes) node.postgres.moveTo(cluster.postgres.port);
    const before = made.length;
    await expect.poll(() => made.length, { timeout: 5000 }).toBeGreaterThan(before);
    over.abort();
    await Promise.all(workers);

    expect(revoked.length).toBeGreaterThan(0);
    for (const node of cluster.nodes) {
      expect(tally(await node.askEach(made))).toEqual({ 200: made.length });
      const gone = await node.askEach(revoked);
      expect(tally(gone)).toEqual({ '401 token_revoked': revoked.length });
    }
  },
);
