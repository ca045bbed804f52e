import { beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { withStore } from '../../src/db/store.ts';
import { emptyStore, openOnce, storeKinds } from '../db/stores.ts';
import { freshDatabase } from '../support/postgres.ts';
import { auditWorld, organizationWithRows, patientDatabase, userOf, type AuditWorld } from './world.ts';

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let world: AuditWorld;
  beforeAll(async () => {
    world = auditWorld(await open());
  });

  test('a clock that goes back leaves the chain whole and the rows in the order in which they were written', async () => {
    const id = await organizationWithRows(world, 1);
    for (const offsetMs of [3_600_000, -86_400_000, 1]) {
      world.clock.setWall(Date.UTC(2030, 0, 1) + offsetMs);
      await world.stores.organizations.change(id, { name: `At ${offsetMs}` });
    }
    world.clock.setWall(Date.UTC(2030, 0, 1));
    expect((await world.log.verify([id], [])).faults).toEqual([]);
    expect((await world.rows(id)).map(({ after }) => after)).toEqual([
      expect.stringContaining('Name 1'),
      '{"name":"At 3600000"}',
      '{"name":"At -86400000"}',
      '{"name":"At 1"}',
    ]);
  });

  test('a transaction of many events, in two organisations, has them all', async () => {
    const ids = [await organizationWithRows(world, 1), await organizationWithRows(world, 1)];
    await world.changes.transact((_, __, audit) => {
      for (let n = 0; n < 1200; n++) {
        const target = { kind: 'token', id: `tok_${n}`, name: null } as const;
        audit({ organizationId: ids[n % 2] ?? '', action: 'token.expire', target, before: null, after: { n } });
      }
      return Promise.resolve();
    });
    const found = await world.log.verify(ids, []);
    expect(found.faults).toEqual([]);
    expect(found.chains.map(({ rows }) => rows)).toEqual([601, 601]);
  });
});

test('a hundred changes at once by two gateways make one whole chain, and no organisation waits for another', async () => {
  const { url } = await freshDatabase();
  await withStore({ url }, (sql) => migrate(sql));
  const worlds = [patientDatabase(url), patientDatabase(url)].map((admin) => auditWorld({ admin }));
  const [one, other] = worlds;
  if (one === undefined || other === undefined) throw new Error('two were opened');
  const id = await organizationWithRows(one, 1);
  const elsewhere = await organizationWithRows(one, 1);
  await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      (n % 2 === 0 ? one : other).stores.organizations.change(id, { name: `n ${n}` }),
    ),
  );
  const found = await other.log.verify([id], []);
  expect(found.faults).toEqual([]);
  expect(found.chains[0]?.rows).toBe(101);

  await one.changes.transact(async (sql) => {
    // As another writer of the organisation holds it between its rows and its commit.
    await sql`SELECT * FROM audit_heads WHERE organization_id = ${id} FOR UPDATE`;
    await other.stores.organizations.change(elsewhere, { name: 'Not held up' });
  });
  expect((await other.log.verify(undefined, [])).faults).toEqual([]);
});

test('a write that is undone leaves no row and no gap', async () => {
  const world = auditWorld(await emptyStore('postgres'));
  const id = await organizationWithRows(world, 1);
  const failed = world.changes.transact((_, __, audit) => {
    audit({
      organizationId: id,
      action: 'user.create',
      target: { kind: 'user', id: 'u', name: null },
      before: null,
      after: null,
    });
    return Promise.reject(new Error('after all not'));
  });
  await expect(failed).rejects.toThrow('after all not');
  await userOf(world, id);
  expect((await world.rows(id)).map(({ seq, action }) => `${seq} ${action}`)).toEqual([
    '1 organization.create',
    '2 user.create',
  ]);
});
