import { beforeAll, describe, expect, test } from 'vitest';
import type { Organization, User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, type Node } from '../tokens/fixture.ts';

/** What the ports for organisations, users and authorizations promise, on either store. */
export function directoryContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`the directory on ${kind}`, () => {
    let node: Node;
    let organization: Organization;
    let user: User;

    beforeAll(async () => {
      node = openNode(await open());
      organization = await newOrganization(node);
      user = await newUser(node, organization.id);
    });

    test('an organisation is found by id and by slug, and its slug is given once', async () => {
      expect(await node.organizations.find(organization.id)).toEqual(organization);
      expect(await node.organizations.find(organization.slug)).toEqual(organization);
      const again = await node.organizations.create({ slug: organization.slug, name: 'Again' });
      expect(again).toEqual({ kind: 'conflict', existingId: organization.id });
      for (const none of ['', 'nobody', 'org_00000000000000000000000000', "' OR 1=1", '%']) {
        expect(await node.organizations.find(none)).toBeUndefined();
        expect(await node.organizations.change(none, { name: 'x' })).toBeUndefined();
      }
    });

    test('an organisation is renamed, suspended and resumed', async () => {
      const { id } = await newOrganization(node);
      expect(await node.organizations.change(id, { status: 'suspended', name: 'New' })).toMatchObject({
        status: 'suspended',
      });
      expect(await node.organizations.find(id)).toMatchObject({ status: 'suspended', name: 'New' });
      expect(await node.organizations.change(id, { status: 'active' })).toMatchObject({
        status: 'active',
        name: 'New',
      });
    });

    test('lists of organisations are newest first and lose none between pages', async () => {
      for (let number = 0; number < 3; number++) await newOrganization(node);
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await node.organizations.list({ limit: 2, ...(cursor !== undefined && { cursor }) });
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(ids).toEqual(ids.toSorted().toReversed());
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toContain(organization.id);
    });

    test('a username is given once in an organisation, byte for byte, and again elsewhere', async () => {
      const input = {
        organizationId: organization.id,
        kind: 'service',
        username: user.username,
        name: 'Robot',
        accessTokenType: 'jwt',
        ownerId: user.id,
        purpose: 'nightly exports',
      } as const;
      expect(await node.users.create(input)).toEqual({ kind: 'conflict', existingId: user.id });
      const robot = await node.users.create({ ...input, username: user.username.toUpperCase() });
      expect(robot).toMatchObject({ item: { ownerId: user.id, purpose: 'nightly exports', accessTokenType: 'jwt' } });
      const other = await newOrganization(node);
      expect((await newUser(node, other.id, user.username)).organizationId).toBe(other.id);
    });

    test('a user is found in the own organisation alone, and by id anywhere', async () => {
      const other = await newOrganization(node);
      expect(await node.users.find(organization.id, user.id)).toEqual(user);
      expect(await node.users.find(other.id, user.id)).toBeUndefined();
      expect(await node.users.findById(user.id)).toEqual(user);
      expect(await node.users.change(other.id, user.id, { name: 'Stolen' })).toBeUndefined();
      expect(await node.users.findById('usr_none')).toBeUndefined();
    });

    test('a user’s fields are changed one by one, and a new e-mail address is not verified', async () => {
      const { id } = await newUser(node, organization.id);
      const change = (what: Parameters<typeof node.users.change>[2]): Promise<unknown> =>
        node.users.change(organization.id, id, what);
      expect(await change({ email: 'a@example.com' })).toMatchObject({ email: 'a@example.com', emailVerified: false });
      expect(await change({ name: 'Other', status: 'disabled' })).toMatchObject({
        name: 'Other',
        email: 'a@example.com',
      });
      expect(await change({ email: null })).toMatchObject({ email: null, status: 'disabled' });
      expect(await change({ status: 'active' })).toMatchObject({ name: 'Other', status: 'active' });
    });

    test('a list of users is of one organisation, by kind, and searched literally in any case', async () => {
      const { id } = await newOrganization(node);
      const person = await newUser(node, id, 'per_son');
      await newUser(node, id, 'perXson');
      const listed = async (filter: { kind?: 'human' | 'service'; search?: string }): Promise<string[]> =>
        (await node.users.list(id, filter, { limit: 200 })).items.map(({ username }) => username).toSorted();
      expect(await listed({})).toEqual(['perXson', 'per_son']);
      expect(await listed({ kind: 'service' })).toEqual([]);
      expect(await listed({ search: 'R_S' })).toEqual([person.username]);
      expect(await listed({ search: 'SOMEBODY' })).toHaveLength(2);
    });

    test('roles are granted once per user and project, shown, and taken away', async () => {
      const { id } = await newUser(node, organization.id);
      const grant = { organizationId: organization.id, userId: id, project: 'analytics', roles: ['viewer', 'editor'] };
      const created = await node.authorizations.create(grant);
      if (created.kind === 'conflict') throw new Error('nothing was granted before');
      const { item } = created;
      expect(item).toMatchObject(grant);
      expect(await node.authorizations.create({ ...grant, roles: ['x'] })).toEqual({
        kind: 'conflict',
        existingId: item.id,
      });
      await node.authorizations.create({ ...grant, project: 'wayleave', roles: ['auditor'] });
      expect(await node.authorizations.rolesOf(id)).toEqual([
        'analytics/editor',
        'analytics/viewer',
        'wayleave/auditor',
      ]);
      expect(await node.authorizations.find(organization.id, item.id)).toEqual(item);
      const listed = await node.authorizations.list(organization.id, { userId: id }, { limit: 1 });
      expect(listed.items).toHaveLength(1);
      expect(listed.nextCursor).not.toBeNull();
      const other = await newOrganization(node);
      expect(await node.authorizations.find(other.id, item.id)).toBeUndefined();
      expect(await node.authorizations.remove(other.id, item.id)).toBeUndefined();
      expect(await node.authorizations.remove(organization.id, item.id)).toEqual(item);
      expect(await node.authorizations.remove(organization.id, item.id)).toBeUndefined();
      expect(await node.authorizations.rolesOf(id)).toEqual(['wayleave/auditor']);
    });

    test('a role of a user of another organisation cannot be granted', async () => {
      const other = await newOrganization(node);
      const grant = { organizationId: other.id, userId: user.id, project: 'analytics', roles: ['viewer'] };
      await expect(node.authorizations.create(grant)).rejects.toThrow('foreign key');
    });

    test('a lookup knows a user’s verified e-mail address, roles and organisation as they are now', async () => {
      const { id, username } = await newUser(node, organization.id);
      const { hash } = await newToken(node, id);
      await node.users.change(organization.id, id, { email: 'a@example.com' });
      expect((await node.direct.read(hash))?.owner).not.toHaveProperty('email');
      await (await open()).data.query((sql) => sql`UPDATE users SET email_verified = true WHERE id = ${id}`);
      const grant = { organizationId: organization.id, userId: id, project: 'analytics', roles: ['viewer'] };
      await node.authorizations.create(grant);
      expect((await node.direct.read(hash))?.owner).toEqual({
        id,
        username,
        email: 'a@example.com',
        kind: 'human',
        status: 'active',
        organization: { id: organization.id, slug: organization.slug, status: 'active' },
        roles: ['analytics/viewer'],
      });
    });
  });
}
