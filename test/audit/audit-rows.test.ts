import { beforeAll, describe, expect, test } from 'vitest';
import { AuditUnavailable } from '../../src/core/audit-unavailable.ts';
import { hashToken } from '../../src/core/token.ts';
import { emptyStore, failureOf, openOnce, storeKinds } from '../db/stores.ts';
import { auditWorld, organizationWithRows, tokenOf, userOf, type AuditWorld } from './world.ts';

describe.each(storeKinds)('on %s', (kind) => {
  const open = openOnce(kind);
  let world: AuditWorld;
  beforeAll(async () => {
    world = auditWorld(await open());
  });

  test('every change has a row with who, on whose behalf, with what, from where, before and after, and no secret', async () => {
    const { stores } = world;
    const organizationId = await organizationWithRows(world, 2);
    await stores.organizations.change(organizationId, { status: 'suspended' });
    await stores.organizations.change(organizationId, { status: 'active' });
    const userId = await userOf(world, organizationId);
    await stores.users.change(organizationId, userId, { name: 'Other' });
    await stores.users.change(organizationId, userId, { status: 'disabled' });
    const grant = { organizationId, userId, project: 'analytics' };
    await stores.authorizations.create({ ...grant, roles: ['viewer'] });
    await stores.authorizations.ensure({ ...grant, roles: ['admin'] });
    const [held] = (await stores.authorizations.list(organizationId, {}, { limit: 1 })).items;
    await stores.authorizations.remove(organizationId, held?.id ?? '');
    const token = await tokenOf(world, userId, 'deploy');
    const version = (await stores.tokens.find(token.id))?.version ?? 0;
    await stores.tokens.edit(token.id, { scopes: ['device:read'], version }, userId);
    await stores.tokens.act(token.id, 'disable', userId);
    await stores.tokens.act(token.id, 'enable', userId);
    await stores.tokens.act(token.id, 'expire', userId);
    await stores.tokens.act(token.id, 'revoke', userId);
    await stores.tokens.act(token.id, 'delete', userId);
    const rows = await world.rows(organizationId);
    expect(rows.map(({ seq, action }) => `${seq} ${action}`)).toEqual(
      [
        'organization.create',
        'organization.change',
        'organization.suspend',
        'organization.resume',
        'user.create',
        'user.change',
        'user.disable',
        'authorization.create',
        'authorization.change',
        'authorization.delete',
        'token.create',
        'token.edit',
        'token.disable',
        'token.enable',
        'token.expire',
        'token.revoke',
        'token.delete',
      ].map((action, at) => `${at + 1} ${action}`),
    );
    expect(rows[1]).toMatchObject({
      atMs: world.clock.now(),
      targetKind: 'organization',
      targetId: organizationId,
      userId: 'usr_author',
      actorId: 'usr_actor',
      tokenId: 'tok_author',
      authorOrganizationId: 'org_author',
      address: '192.0.2.1',
      requestId: 'req-1',
      via: 'api',
      before: '{"name":"Name 1"}',
      after: '{"name":"Name 2"}',
    });
    expect(rows[11]).toMatchObject({
      before: '{"scopes":["device:read","device:write"]}',
      after: '{"scopes":["device:read"]}',
    });
    const text = JSON.stringify(rows);
    expect(text).not.toContain(token.secret.slice(7, 40));
    expect(text).not.toContain(hashToken(token.secret));
    expect((await world.log.verify([organizationId], [])).faults).toEqual([]);
  });

  test('what changes nothing, and what is refused, has no row', async () => {
    const organizationId = await organizationWithRows(world, 1);
    await world.stores.organizations.change(organizationId, { name: 'Name 1' });
    await world.stores.organizations.create({ slug: 'platform-x', name: 'x' });
    await world.stores.organizations.create({ slug: 'platform-x', name: 'x' });
    await world.stores.organizations.change('org_none', { name: 'x' });
    expect(await world.rows(organizationId)).toHaveLength(1);
    expect(await world.rows('org_none')).toEqual([]);
  });

  test('SQL, controls, half characters, tokens and megabytes in names come to rest in the row', async () => {
    const organizationId = await organizationWithRows(world, 1);
    const userId = await userOf(world, organizationId);
    const { secret } = await tokenOf(world, userId, 'pasted');
    const names = [
      `'; DROP TABLE audit_log; --`,
      '\ud800 half',
      '\u202eturned\u0007',
      `pasted ${secret} here`,
      'x'.repeat(2_000_000),
    ];
    for (const name of names) await world.stores.organizations.change(organizationId, { name });
    const huge = Array.from({ length: 2000 }, (_, at) => ({ [`key ${at}`]: 'v'.repeat(100) }));
    await world.changes.transact((_, __, audit) => {
      const target = { kind: 'user', id: userId, name: '\0' } as const;
      audit({ organizationId, action: 'user.change', target, before: huge, after: Object.assign({}, huge) });
      return Promise.resolve();
    });
    const rows = await world.rows(organizationId);
    for (const { before, after } of rows) {
      expect(Buffer.byteLength(before ?? '')).toBeLessThanOrEqual(16_384);
      expect(Buffer.byteLength(after ?? '')).toBeLessThanOrEqual(16_384);
    }
    expect(JSON.stringify(rows)).not.toContain(secret.slice(7));
    expect((await world.log.verify([organizationId], [])).faults).toEqual([]);
  });
});

describe.each(storeKinds)('where no audit row can be written, on %s', (kind) => {
  test('the change is not made, whether the table is gone, its insert fails, or its end is not to be had', async () => {
    const store = await emptyStore(kind);
    const world = auditWorld(store);
    const organizationId = await organizationWithRows(world, 1);
    const nameOf = async () => (await world.stores.organizations.find(organizationId))?.name;
    const change = () => failureOf(world.stores.organizations.change(organizationId, { name: 'Changed' }));
    const log = async () => (await store.admin.query((sql) => sql`SELECT * FROM invalidations`)).length;
    const before = await log();

    await world.sql(
      (sql) => sql`
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''disk on fire''; END'`,
    );
    await world.sql((sql) => sql`CREATE TRIGGER refuse BEFORE INSERT ON audit_log EXECUTE FUNCTION refuse()`);
    expect(await change()).toBeInstanceOf(AuditUnavailable);
    expect(await nameOf()).toBe('Name 1');
    await world.sql((sql) => sql`DROP TRIGGER refuse ON audit_log`);

    for (const table of ['audit_log', 'audit_heads']) {
      await world.sql((sql) => sql`ALTER TABLE ${sql(table)} RENAME TO elsewhere`);
      expect(await change()).toBeInstanceOf(AuditUnavailable);
      expect(await failureOf(world.stores.organizations.create({ slug: 'new', name: 'x' }))).toBeInstanceOf(
        AuditUnavailable,
      );
      await world.sql((sql) => sql`ALTER TABLE elsewhere RENAME TO ${sql(table)}`);
    }
    expect(await nameOf()).toBe('Name 1');
    expect(await world.stores.organizations.find('new')).toBeUndefined();
    expect(await log()).toBe(before);
    expect(await change()).toBeUndefined();
    expect(await nameOf()).toBe('Changed');
    expect((await world.log.verify(undefined, [])).faults).toEqual([]);
  });
});
