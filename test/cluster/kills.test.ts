import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import { count } from '../support/counts.ts';
import { revoke } from '../support/revocation.ts';
import { tally } from '../support/steady-load.ts';

const kills = count(2, 200);
const atOnce = 4;

let cluster: Cluster;

beforeAll(async () => {
  // A short lease, so that receipts do not wait for those that were killed.
  cluster = await startCluster({ nodes: 2, cache: '{ ttl: 30s, stale_for: 1s }' });
});

/** Kills the first node at another moment of its work each time, but not before something has been acknowledged. */
async function killAmid(kill: number, acknowledged: () => number): Promise<void> {
  await expect.poll(acknowledged, { interval: 2 }).toBeGreaterThan(kill % 5);
  await delay((kill % 7) * 3);
  await cluster.node(0).kill();
}

interface Creation {
  readonly name: string;
  readonly status: number;
  readonly secret: string | undefined;
  readonly id: string | undefined;
}

async function create(node: ClusterNode, name: string): Promise<Creation> {
  try {
    const wish = { user_id: cluster.userId, name, scopes: ['device:read'] };
    const response = await node.api('POST', '/tokens', wish);
    const body = (await response.json()) as { secret?: string; token?: { id: string }; existing_id?: string };
    return { name, status: response.status, secret: body.secret, id: body.token?.id ?? body.existing_id };
  } catch {
    return { name, status: 0, secret: undefined, id: undefined };
  }
}

test(
  'kill -9 while tokens are created: who saw 201 has a token, who did not makes it or is told that it is there',
  { timeout: kills * 20_000 + 60_000 },
  async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)];
    for (let kill = 0; kill < kills; kill++) {
      const creations: Creation[] = [];
      const work = async (worker: number): Promise<void> => {
        for (let n = 0; creations.at(-1)?.status !== 0; n++) creations.push(await create(a, `k${kill}-${worker}-${n}`));
      };
      const workers = Array.from({ length: atOnce }, (_, at) => work(at));
      await killAmid(kill, () => creations.length);
      await Promise.all(workers);
      const [made, unheard] = [
        creations.filter(({ status }) => status === 201),
        creations.filter(({ status }) => status === 0),
      ];
      expect(made.length + unheard.length).toBe(creations.length);

      expect(tally(await b.askEach(made.map(({ secret = '' }) => secret)))).toEqual({ 200: made.length });
      for (const { name } of unheard) {
        const again = await create(b, name);
        expect([201, 409]).toContain(again.status);
        const shown = await b.api('GET', `/tokens/${again.id}`);
        expect(shown.status).toBe(200);
        expect(await shown.json()).toMatchObject({ name, state: 'active' });
      }
      // Nobody got a second one of the same name.
      for (const { name, id } of made.slice(0, 3)) expect(await create(b, name)).toMatchObject({ status: 409, id });
      await a.start();
      expect(tally(await a.askEach(made.map(({ secret = '' }) => secret)))).toEqual({ 200: made.length });
    }
  },
);

test(
  'kill -9 while tokens are revoked: who saw the receipt finds it revoked for ever, and a retry has its receipt',
  { timeout: kills * 20_000 + 60_000 },
  async () => {
    const [a, b] = [cluster.node(0), cluster.node(1)];
    const gone: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const tokens = await cluster.issue(60);
      for (const node of [a, b]) {
        const warm = await node.askEach(tokens.map(({ secret }) => secret));
        expect(tally(warm)).toEqual({ 200: tokens.length });
      }
      const seen = new Set<string>();
      const work = async (worker: number): Promise<void> => {
        for (let at = worker; at < tokens.length; at += atOnce) {
          const token = tokens[at];
          if (token === undefined) return;
          const isRevoked = await revoke(a, token.id).then(
            () => true,
            () => false,
          );
          if (!isRevoked) return;
          seen.add(token.secret);
          expect(await b.ask(token.secret)).toMatchObject({ status: 401 });
        }
      };
      const workers = Array.from({ length: atOnce }, (_, at) => work(at));
      await killAmid(kill, () => seen.size);
      await Promise.all(workers);
      expect(seen.size).toBeLessThan(tokens.length);

      const [known = [], unknown = []] = [true, false].map((is) =>
        tokens.filter(({ secret }) => seen.has(secret) === is),
      );
      const firstUnknown = unknown.slice(0, atOnce * 2);
      const retried = [...known.slice(0, 2), ...firstUnknown];
      const retries = await Promise.all(retried.map(({ id }) => revoke(b, id)));
      for (const { receipt } of retries) expect(receipt.nodes_expected).toBeGreaterThanOrEqual(1);
      for (const { secret } of retried) seen.add(secret);
      await a.start();
      gone.push(...seen);
      await cluster.redis.kill();
      await cluster.redis.start();
      for (const node of [a, b]) {
        const answers = await node.askEach(gone.slice(-200));
        expect(tally(answers)).toEqual({ '401 token_revoked': answers.length });
      }
    }
  },
);
