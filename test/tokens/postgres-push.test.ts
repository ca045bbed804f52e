import { expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/client.ts';
import { openStore } from '../../src/db/store.ts';
import { PostgresChangeFeed } from '../../src/tokens/postgres-change-feed.ts';
import { PostgresPush } from '../../src/tokens/postgres-push.ts';
import { emptyStore } from '../db/stores.ts';
import { onCleanup } from '../support/cleanup.ts';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { followingNode } from './following-node.ts';
import { newOrganization, newToken, newUser } from './fixture.ts';

async function openTwo(url: string): Promise<{ push: PostgresPush; heard: number[]; clients: Sql[] }[]> {
  const store = await openStore({ url }, { role: 'serve' });
  onCleanup(() => store.close());
  return [0, 1].map(() => {
    const clients: Sql[] = [];
    const push = new PostgresPush({
      database: store.log,
      connect: () => {
        const client = connect({ url }, { maxConnections: 1, connectTimeoutMs: 2000, statementTimeoutMs: 700 });
        clients.push(client);
        return client;
      },
      checkMs: 100,
    });
    const heard: number[] = [];
    push.subscribe((number) => void (number > 0 && heard.push(number)));
    onCleanup(() => push.close());
    return { push, heard, clients };
  });
}

test('what one node announces every node hears', async () => {
  const [one, other] = await openTwo((await freshDatabase()).url);
  await expect
    .poll(() => {
      one?.push.announce(7);
      return [one?.heard.includes(7), other?.heard.includes(7)];
    })
    .toEqual([true, true]);
});

test('a lost connection is replaced, also after the server was away', async () => {
  const server = await startPostgres();
  const [one, other] = await openTwo(server.url);
  const both = (number: number) => () => {
    one?.push.announce(number);
    return [one?.heard.includes(number), other?.heard.includes(number)];
  };
  await expect.poll(both(1)).toEqual([true, true]);
  await server.kill();
  one?.push.announce(2);
  await server.start();
  await expect.poll(both(3), { timeout: 10_000 }).toEqual([true, true]);
  expect(one?.heard).not.toContain(2);
});

test('a node that hears of a change follows it without waiting for its next second', async () => {
  const store = await emptyStore('postgres');
  const client = store.listenerClient;
  if (client === undefined) throw new Error('Postgres can be listened to');
  const [pushHere, pushThere] = [0, 1].map(() => {
    const push = new PostgresPush({ database: store.log, connect: client, checkMs: 100 });
    onCleanup(() => push.close());
    return push;
  });
  if (pushHere === undefined || pushThere === undefined) throw new Error('there are two');
  const here = await followingNode(store, { push: pushHere });
  const there = await followingNode(store, { push: pushThere });
  pushThere.subscribe((number) => there.follower.heard(number));
  const owner = await newUser(here.node, (await newOrganization(here.node)).id);
  const { hash, token } = await newToken(here.node, owner.id);
  await there.node.find(hash);
  await here.node.tokens.act(token.id, 'revoke', owner.id);
  const head = await new PostgresChangeFeed(store.log).head();
  await expect
    .poll(() => {
      // The first may have come before the other one listened.
      pushHere.announce(head);
      return there.follower.seen;
    })
    .toBe(head);
  expect(await there.node.find(hash)).toMatchObject({ record: { revoked: true } });
});
