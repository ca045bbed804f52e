import { beforeAll, describe, expect, test } from 'vitest';
import { pruneAuditLog } from '../../src/audit/audit-retention.ts';
import { AuditUpkeep } from '../../src/audit/audit-upkeep.ts';
import { HeadNotes } from '../../src/audit/head-notes.ts';
import { RefusalTally } from '../../src/audit/refusal-tally.ts';
import { platformAuditId } from '../../src/core/audit.ts';
import type { ChainHead } from '../../src/core/audit-record.ts';
import type { Store } from '../../src/db/store.ts';
import { openOnce, storeKinds } from '../db/stores.ts';
import { ManualClock } from '../tokens/fixture.ts';
import { auditWorld, organizationWithRows, type AuditWorld } from './world.ts';

const dayMs = 86_400_000;

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let store: Store;
  let world: AuditWorld;
  beforeAll(async () => {
    store = await open();
    world = auditWorld(store);
  });

  const prune = () =>
    pruneAuditLog({ database: store.admin, changes: world.changes, clock: world.clock, retentionMs: 30 * dayMs });

  test('retention prunes from the beginning alone, and what is left verifies by its checkpoint', async () => {
    const id = await organizationWithRows(world, 4);
    world.clock.advance(31 * dayMs);
    await world.stores.organizations.change(id, { name: 'New' });
    const kept = (await world.log.verify([id], [])).chains[0]?.head;
    expect(await prune()).toBeGreaterThanOrEqual(4);
    expect(await prune()).toBe(0);
    const rows = await world.rows(id);
    expect(rows.map(({ seq, action, via }) => `${seq} ${action} ${via}`)).toEqual([
      '5 organization.change api',
      '6 audit.checkpoint system',
    ]);
    const found = await world.log.verify([id], kept === undefined ? [] : [kept]);
    expect(found).toMatchObject({ faults: [], headsCompared: 1, chains: [{ rows: 2, prunedThrough: 4 }] });

    world.clock.advance(31 * dayMs);
    await world.stores.organizations.change(id, { name: 'Newer' });
    await prune();
    expect((await world.rows(id)).map(({ seq }) => seq)).toEqual([7, 8]);
    expect((await world.log.verify([id], [])).faults).toEqual([]);

    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${id} AND seq = 7`);
    expect((await world.log.verify([id], [])).faults).toEqual([
      expect.objectContaining({ kind: 'removed', seq: 7, throughSeq: 7 }),
    ]);
  });

  test('a checkpoint that somebody made up, and a row put back where one has pruned, are found', async () => {
    const id = await organizationWithRows(world, 5);
    await world.sql(
      (sql) => sql`
        UPDATE audit_log l SET action = 'audit.checkpoint', after = json_build_object('pruned_through', 3, 'link',
          (SELECT link FROM audit_log p WHERE p.organization_id = ${id} AND p.seq = 3))::text
        WHERE l.organization_id = ${id} AND l.seq = 5`,
    );
    await world.sql((sql) => sql`DELETE FROM audit_log WHERE organization_id = ${id} AND seq <= 3`);
    expect((await world.log.verify([id], [])).faults).toEqual([expect.objectContaining({ kind: 'altered', seq: 5 })]);
    const pruned = await organizationWithRows(world, 2);
    const [first] = await world.rows(pruned);
    world.clock.advance(31 * dayMs);
    await prune();
    await world.sql(
      (sql) => sql`
        INSERT INTO audit_log (organization_id, seq, id, at, action, target_kind, target_id, via, link)
        VALUES (${pruned}, 1, ${first?.id ?? ''}, now(), 'user.create', 'user', 'usr_x', 'api', 'x')`,
    );
    expect((await world.log.verify([pruned], [])).faults).toEqual([
      expect.objectContaining({ kind: 'inserted', seq: 1, throughSeq: 2 }),
    ]);
  });

  test('each round tells the heads that have grown, and writes refusals as one row a kind', async () => {
    const told: (readonly ChainHead[])[] = [];
    const faults: unknown[] = [];
    const [heads, refusals] = [new HeadNotes(store.admin), new RefusalTally(world.clock)];
    const upkeep = new AuditUpkeep({
      database: store.admin,
      changes: world.changes,
      clock: world.clock,
      retentionMs: Infinity,
      heads,
      refusals,
      onHeads: (line) => told.push(line),
      onPruned: () => undefined,
      onFault: (error) => faults.push(error),
    });
    const id = await organizationWithRows(world, 3);
    heads.note({ organizationId: id });
    for (let n = 0; n < 500; n++) {
      refusals.note({
        code: 'token_invalid',
        organizationId: undefined,
        tokenId: undefined,
        address: `192.0.2.${n % 9}`,
      });
    }
    refusals.note({ code: 'insufficient_scope', organizationId: id, tokenId: 'tok_1', address: '192.0.2.1' });
    await upkeep.run();
    await upkeep.run();
    expect(faults).toEqual([]);
    const [head, ...more] = told.flat();
    expect(more).toEqual([]);
    expect(head).toEqual((await world.log.verify([id], [])).chains[0]?.head);
    const row = (await world.rows(platformAuditId)).at(-1);
    expect(row).toMatchObject({ action: 'calls.refused', targetId: 'token_invalid', via: 'system', userId: null });
    expect(JSON.parse(row?.after ?? '')).toMatchObject({ count: 500, addresses: { length: 5 } });
    expect((await world.rows(id)).at(-1)).toMatchObject({ action: 'calls.refused', targetId: 'insufficient_scope' });
    await upkeep.close();
  });
});

test('refusals of ever new kinds are counted in bounded memory, and none is lost', () => {
  const tally = new RefusalTally(new ManualClock());
  for (let n = 0; n < 5000; n++) {
    tally.note({ code: `code_${n}`, organizationId: undefined, tokenId: undefined, address: '' });
  }
  const events = tally.take();
  expect(events.length).toBeLessThanOrEqual(1001);
  const counts = events.map(({ after }) => (after as { count: number }).count);
  expect(counts.reduce((sum, one) => sum + one, 0)).toBe(5000);
  expect(tally.take()).toEqual([]);
});

test('refusals of an assumed user are counted by who acts as whom, and say so', () => {
  const tally = new RefusalTally(new ManualClock());
  const refusal = { code: 'assumed_read_only', organizationId: 'org_1', tokenId: 'ase_1', address: '192.0.2.1' };
  const assumed = { subjectId: 'usr_ada', actorId: 'usr_sam', assumeTokenId: 'asm_1' };
  for (const by of [assumed, assumed, { ...assumed, actorId: 'usr_kim' }, undefined])
    tally.note({ ...refusal, assumed: by });
  const rows = tally.take().map(({ organizationId, after }) => ({ organizationId, ...(after as object) }));
  const common = { organizationId: 'org_1', subject: 'usr_ada', assume_token: 'asm_1' };
  expect(rows).toMatchObject([
    { ...common, count: 2, actor: 'usr_sam' },
    { ...common, count: 1, actor: 'usr_kim' },
    { organizationId: 'org_1', count: 1 },
  ]);
  expect(rows[2]).not.toHaveProperty('actor');
});
