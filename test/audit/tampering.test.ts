import { beforeAll, describe, expect, test } from 'vitest';
import type { ChainHead } from '../../src/core/audit-record.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { auditWorld, organizationWithRows, type AuditWorld } from './world.ts';

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let world: AuditWorld;
  beforeAll(async () => {
    world = auditWorld(await open());
  });

  async function faultsOf(id: string, against: readonly ChainHead[] = []): Promise<string[]> {
    const { faults, faultCount } = await world.log.verify([id], against);
    expect(faultCount).toBe(faults.length);
    return faults.map(({ kind: fault, seq, throughSeq }) => `${fault} ${seq}-${throughSeq}`);
  }

  async function headOf(id: string): Promise<ChainHead> {
    const [chain] = (await world.log.verify([id], [])).chains;
    if (chain === undefined) throw new Error('no chain');
    return chain.head;
  }

  test('a log that nobody touched is whole, against its own head too', async () => {
    const id = await organizationWithRows(world, 5);
    expect(await faultsOf(id, [await headOf(id)])).toEqual([]);
  });

  test.each([
    ['action', `'user.delete'`],
    ['at', `at - interval '1 ms'`],
    ['target_id', `'org_other'`],
    ['target_name', 'NULL'],
    ['user_id', 'NULL'],
    ['actor_id', `'usr_other'`],
    ['token_id', `'tok_other'`],
    ['author_organization_id', `'org_other'`],
    ['address', `'192.0.2.2'`],
    ['request_id', `'req-2'`],
    ['via', `'command'`],
    ['before', `'{}'`],
    ['after', `after || ' '`],
    ['reason', `'because'`],
    ['id', `id || 'x'`],
  ])('an altered %s is found in the row that was altered', async (column, value) => {
    const id = await organizationWithRows(world, 5);
    await world.sql((sql) =>
      sql.unsafe(`UPDATE audit_log SET ${column} = ${value} WHERE organization_id = '${id}' AND seq = 3`),
    );
    expect(await faultsOf(id)).toEqual(['altered 3-3']);
  });

  test('removed rows are found, at the beginning, within and at the end', async () => {
    const first = await organizationWithRows(world, 5);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${first} AND seq = 1`);
    expect(await faultsOf(first)).toEqual(['removed 1-1']);
    const within = await organizationWithRows(world, 6);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${within} AND seq IN (3, 4)`);
    expect(await faultsOf(within)).toEqual(['removed 3-4']);
    const last = await organizationWithRows(world, 5);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${last} AND seq > 3`);
    expect(await faultsOf(last)).toEqual(['cut_off 4-5']);
    await world.stores.organizations.change(last, { name: 'Goes on' });
    expect(await faultsOf(last)).toEqual(['removed 4-5']);
  });

  test('rows in another order, or put in, or of another organisation, are found', async () => {
    const swapped = await organizationWithRows(world, 5);
    for (const [from, to] of [
      [2, 99],
      [3, 2],
      [99, 3],
    ] as const) {
      await world.sql(
        (sql) => sql`UPDATE audit_log SET seq = ${to} WHERE organization_id = ${swapped} AND seq = ${from}`,
      );
    }
    expect(await faultsOf(swapped)).toEqual(['altered 2-2', 'altered 3-3', 'altered 4-4']);
    const grown = await organizationWithRows(world, 3);
    await world.sql(
      (sql) => sql`
        INSERT INTO audit_log (organization_id, seq, id, at, action, target_kind, target_id, via, link)
        VALUES (${grown}, 4, ${`aud_${grown}`}, now(), 'user.create', 'user', 'usr_x', 'api', 'made up')`,
    );
    expect(await faultsOf(grown)).toEqual(['inserted 4-4']);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${grown} AND seq = 2`);
    await world.sql((sql) => sql`UPDATE audit_log SET seq = 2 WHERE organization_id = ${grown} AND seq = 4`);
    expect(await faultsOf(grown)).toEqual(['altered 2-2', 'altered 3-3']);
  });

  test('an end that was moved back is found at once, and by a row of its own once the log goes on', async () => {
    const id = await organizationWithRows(world, 5);
    const kept = await headOf(id);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${id} AND seq > 3`);
    await world.sql(
      (sql) => sql`
        UPDATE audit_heads h SET seq = 3, link = (SELECT link FROM audit_log l WHERE l.organization_id = ${id} AND l.seq = 3)
        WHERE h.organization_id = ${id}`,
    );
    expect(await faultsOf(id)).toEqual(['head 3-3']);
    expect(await faultsOf(id, [kept])).toEqual(['head 3-3', 'cut_off 4-5']);
    await world.stores.organizations.change(id, { name: 'Goes on' });
    expect(await faultsOf(id)).toEqual(['alarm 4-4']);
    expect(await faultsOf(id, [kept])).toEqual(['alarm 4-4', 'rewritten 5-5']);
  });

  test('a tail cut off with an end of its time shows against a head that was kept, and so does a log that is gone', async () => {
    const id = await organizationWithRows(world, 3);
    const [old] = (await world.sql((sql) => sql`SELECT * FROM audit_heads WHERE organization_id = ${id}`)) as {
      seal: string;
      link: string;
    }[];
    await world.stores.organizations.change(id, { name: 'Name 4' });
    const kept = await headOf(id);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${id} AND seq > 3`);
    await world.sql(
      (sql) => sql`
        UPDATE audit_heads SET seq = 3, link = ${old?.link ?? ''}, seal = ${old?.seal ?? ''} WHERE organization_id = ${id}`,
    );
    expect(await faultsOf(id)).toEqual([]);
    expect(await faultsOf(id, [kept])).toEqual(['cut_off 4-4']);
    await world.stores.organizations.change(id, { name: 'Another 4' });
    expect(await faultsOf(id, [kept])).toEqual(['rewritten 4-4']);
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${id}`);
    await world.sql((sql) => sql`DELETE FROM audit_heads WHERE organization_id = ${id}`);
    expect(await faultsOf(id, [kept])).toEqual(['cut_off 1-4']);
    const everything = await world.log.verify(undefined, [kept]);
    expect(everything.faults).toContainEqual(expect.objectContaining({ organizationId: id, kind: 'cut_off' }));
  });
});
