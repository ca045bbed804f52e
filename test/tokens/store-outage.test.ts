import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { openStore } from '../../src/db/store.ts';
import { failureOf } from '../db/stores.ts';
import { onCleanup } from '../support/cleanup.ts';
import { startPostgres } from '../support/postgres.ts';
import { cacheOptions, newOrganization, newToken, newUser, openNode, staleForMs, tokenInput } from './fixture.ts';

test('while the database is gone: known tokens for their time, everything else unknown and never absent', async () => {
  const server = await startPostgres();
  const store = await openStore({ url: server.url }, { role: 'serve' });
  onCleanup(() => store.close());
  const node = openNode(store);
  const user = await newUser(node, (await newOrganization(node)).id);
  const [hot, changed, cold] = [
    await newToken(node, user.id),
    await newToken(node, user.id),
    await newToken(node, user.id),
  ];
  await Promise.all([node.find(hot.hash), node.find(changed.hash)]);
  await server.kill();
  // From now on it hears of no changes.
  node.clock.onAdvance = () => undefined;
  expect(await node.find(hot.hash)).toMatchObject({ kind: 'found', source: 'memory' });
  node.clock.advance(cacheOptions.ttlMs);
  expect(await node.find(hot.hash)).toMatchObject({ kind: 'found', source: 'stale' });
  // What is known to have changed is not served, however well the old record is remembered.
  node.fences.raise([changed.token.id]);
  const unknown = tokenInput(user.id).hash;
  for (const hash of [changed.hash, cold.hash, unknown]) {
    expect(await failureOf(node.find(hash))).toBeInstanceOf(StoreUnavailable);
  }
  expect(node.memory.absences).toBe(0);
  node.clock.advance(staleForMs);
  expect(await failureOf(node.find(hot.hash))).toBeInstanceOf(StoreUnavailable);
  await server.start();
  await expect
    .poll(() => node.find(cold.hash).catch(() => undefined), {
      timeout: 10_000,
    })
    .toMatchObject({
      kind: 'found',
    });
  expect(await node.find(unknown)).toEqual({ kind: 'absent' });
});
