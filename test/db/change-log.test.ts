import { beforeAll, describe, expect, test } from 'vitest';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Store } from '../../src/db/store.ts';
import { auditWriter } from '../support/audit.ts';
import { newOrganization, newToken, newUser, openNode } from '../tokens/fixture.ts';
import { failureOf, openOnce, storeKinds } from './stores.ts';

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  beforeAll(async () => {
    store = await open();
  });

  /** The rows of the invalidation log, in its order. */
  async function log(): Promise<string[]> {
    const rows = await store.data.query((sql) => sql`SELECT kind, subject_id FROM invalidations ORDER BY id`);
    return rows.map((row) => `${row['kind']} ${row['subject_id']}`);
  }

  test('every change of a token, user or organisation is in the log, and nothing else is', async () => {
    const node = openNode(store);
    const { id: organizationId } = await newOrganization(node);
    const { id: userId } = await newUser(node, organizationId);
    const { token } = await newToken(node, userId);
    const child = await newToken(node, userId, { parentId: token.id });
    const before = await log();
    const since = async (): Promise<string[]> => (await log()).slice(before.length);
    await node.tokens.edit(token.id, { purpose: 'x' }, userId);
    expect(await since()).toEqual([`token ${token.id}`]);
    await node.tokens.act(token.id, 'revoke', userId);
    expect((await since()).toSorted()).toEqual(
      [`token ${token.id}`, `token ${token.id}`, `token ${child.token.id}`].toSorted(),
    );
    await node.users.change(organizationId, userId, { status: 'disabled' });
    await node.organizations.change(organizationId, { status: 'suspended' });
    await node.authorizations.ensure({ organizationId, userId, project: 'p', roles: ['r'] });
    expect((await since()).slice(3)).toEqual([`user ${userId}`, `organization ${organizationId}`, `user ${userId}`]);
    const whole = await log();
    await node.tokens.act(token.id, 'enable', userId);
    await node.tokens.act('tok_none', 'revoke', userId);
    await node.organizations.change('org_none', { name: 'x' });
    expect(await log()).toEqual(whole);
  });

  test('a change that fails leaves neither itself nor a row, and caches forget all the same', async () => {
    const forgotten: string[] = [];
    const node = openNode(store);
    const changes = new PostgresChangeLog({
      database: store.admin,
      audit: auditWriter(systemClock),
      onChange: (change) => forgotten.push(...(change.kind === 'doubtful' ? change.keys : [])),
    });
    const { id } = await newOrganization(node);
    const before = await log();
    const failed = changes.transact(async (sql, changed) => {
      await sql`UPDATE organizations SET name = 'Changed' WHERE id = ${id}`;
      changed('organization', id);
      throw new Error('after all not');
    });
    expect(await failureOf(failed)).toMatchObject({ message: 'after all not' });
    expect(await log()).toEqual(before);
    expect(await node.organizations.find(id)).not.toMatchObject({ name: 'Changed' });
    expect(forgotten).toEqual([id]);
  });
});

test('the numbers of the log grow in the order of commits', async () => {
  const store = await openOnce('postgres')();
  const node = openNode(store);
  const organizations = await Promise.all(Array.from({ length: 8 }, () => newOrganization(node)));
  let seen = 0;
  const work = { goesOn: true };
  const missed: string[] = [];
  const follow = async (): Promise<void> => {
    const known = new Set<string>();
    for (let isLast = false; !isLast;) {
      isLast = !work.goesOn;
      const rows = await store.data.query((sql) => sql`SELECT id FROM invalidations ORDER BY id`);
      const ids = rows.map((row) => String(row['id']));
      // What a follower that remembers only the highest number would never see.
      missed.push(...ids.filter((id) => Number(id) <= seen && !known.has(id)));
      for (const id of ids) known.add(id);
      seen = Math.max(seen, ...ids.map(Number));
    }
  };
  const follower = follow();
  for (let round = 0; round < 20; round++) {
    await Promise.all(organizations.map(({ id }) => node.organizations.change(id, { name: `Name ${round}` })));
  }
  work.goesOn = false;
  await follower;
  expect(seen).toBe(160);
  expect(missed).toEqual([]);
});
