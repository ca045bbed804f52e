import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openStore } from '../../src/db/store.ts';
import { newOrganization, newUser, openNode, newToken } from '../tokens/fixture.ts';
import { onCleanup } from '../support/cleanup.ts';
import { count } from '../support/counts.ts';
import { startPostgres } from '../support/postgres.ts';
import { startChild } from './child.ts';
import { emptyLocation, storeKinds } from './stores.ts';

/** test/program/kill-nine.test.ts kills the whole program two hundred times on each store. */
const programKills = count(3, 50);
const serverKills = count(3, 200);

test.concurrent.each(storeKinds)(
  'on %s every token that was said to be created is there after the program was killed',
  { timeout: programKills * 30_000 },
  async (kind) => {
    const location = await emptyLocation(kind);
    const acknowledged = new Set<string>();
    for (let kill = 0; kill <= programKills; kill++) {
      const child = startChild('create', location);
      const there = new Set(JSON.parse(await child.line()) as string[]);
      expect([...acknowledged].filter((name) => !there.has(name))).toEqual([]);
      for (let lines = (kill * 7) % 20; lines >= 0; lines--) acknowledged.add(await child.line());
      await child.kill();
      for (const name of await child.rest()) acknowledged.add(name);
    }
    expect(acknowledged.size).toBeGreaterThan(programKills);
  },
);

test(
  'on postgres every token that was said to be created is there after the server was killed',
  { timeout: serverKills * 30_000 },
  async () => {
    const server = await startPostgres();
    const store = await openStore({ url: server.url }, { role: 'serve' });
    onCleanup(() => store.close());
    const node = openNode(store);
    const user = await newUser(node, (await newOrganization(node)).id);
    const acknowledged: string[] = [];
    for (let kill = 0; kill < serverKills; kill++) {
      await expect.poll(() => node.users.findById(user.id).catch(() => undefined), { timeout: 20_000 }).toBeDefined();
      const work = { goesOn: true };
      const create = async (): Promise<void> => {
        while (work.goesOn) {
          // Without the server, or while it is busy, nothing is said to be created.
          const made = await newToken(node, user.id).catch(() => undefined);
          if (made === undefined) await delay(5);
          else acknowledged.push(made.token.id);
        }
      };
      const before = acknowledged.length;
      const creators = [create(), create(), create()];
      await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(before);
      await delay((kill * 13) % 60);
      await server.kill();
      work.goesOn = false;
      await Promise.all(creators);
      await server.start();
    }
    await expect.poll(() => node.users.findById(user.id).catch(() => undefined), { timeout: 20_000 }).toBeDefined();
    const rows = await store.data.query(
      (sql) => sql`SELECT t.id FROM tokens t JOIN token_secrets s ON s.token_id = t.id`,
    );
    const there = new Set(rows.map((row) => String(row['id'])));
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(0);
  },
);
