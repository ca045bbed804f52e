import { beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/db/store.ts';
import { ensurePlatformRoot, type Member } from '../../src/directory/bootstrap.ts';
import { hasActivePlatformAdminToken } from '../../src/directory/postgres-platform-admins.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, type Node } from '../tokens/fixture.ts';

const last = { kind: 'last_platform_admin' };

/** What keeps the platform from being without an admin, and what makes the first one, on either store. */
export function platformAdminsContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`platform admins on ${kind}`, () => {
    let node: Node;
    let store: Store;
    let root: Member;

    beforeAll(async () => {
      store = await open();
      node = openNode(store);
      root = await ensurePlatformRoot(node);
    });

    const hasAdminToken = (): Promise<boolean> => hasActivePlatformAdminToken(store.admin, node.clock.now());

    async function grantId(userId: string): Promise<string> {
      const { items } = await node.authorizations.list(root.organization.id, { userId }, { limit: 1 });
      const [grant] = items;
      if (grant === undefined) throw new Error('nothing is granted');
      return grant.id;
    }

    async function newAdmin(): Promise<{ id: string; grant: string }> {
      const { id } = await newUser(node, root.organization.id);
      await node.authorizations.ensure({
        organizationId: root.organization.id,
        userId: id,
        project: 'wayleave',
        roles: ['platform-admin'],
      });
      return { id, grant: await grantId(id) };
    }

    test('the first admin is made once, and gets the role back without losing others', async () => {
      expect(root).toMatchObject({ organization: { slug: 'platform' }, user: { username: 'root', kind: 'human' } });
      expect(await ensurePlatformRoot(node)).toEqual(root);
      const grant = { organizationId: root.organization.id, userId: root.user.id, project: 'wayleave' };
      await node.authorizations.ensure({ ...grant, roles: ['auditor'] });
      await ensurePlatformRoot(node);
      expect(await node.authorizations.rolesOf(root.user.id)).toEqual(['wayleave/auditor', 'wayleave/platform-admin']);
    });

    test('there is an admin’s token only while one could be used as such', async () => {
      expect(await hasAdminToken()).toBe(false);
      await newToken(node, root.user.id, { scopes: ['wayleave:self'] });
      expect(await hasAdminToken()).toBe(false);
      const { token } = await newToken(node, root.user.id, { scopes: ['wayleave:self', 'wayleave:platform'] });
      expect(await hasAdminToken()).toBe(true);
      await node.tokens.act(token.id, 'disable', root.user.id);
      expect(await hasAdminToken()).toBe(false);
      await node.tokens.act(token.id, 'enable', root.user.id);
      await node.organizations.change(root.organization.id, { status: 'suspended' });
      expect(await hasAdminToken()).toBe(false);
      await node.organizations.change(root.organization.id, { status: 'active' });
      await node.tokens.act(token.id, 'expire', root.user.id);
      expect(await hasAdminToken()).toBe(false);
      const outsider = await newUser(node, (await newOrganization(node)).id);
      await newToken(node, outsider.id, { scopes: ['wayleave:platform'] });
      expect(await hasAdminToken()).toBe(false);
    });

    test('the last active admin is neither disabled nor stripped of the role', async () => {
      const { organization, user } = root;
      const disable = (id: string): Promise<unknown> => node.users.change(organization.id, id, { status: 'disabled' });
      expect(await disable(user.id)).toEqual(last);
      expect(await node.authorizations.remove(organization.id, await grantId(user.id))).toEqual(last);
      expect(await node.users.change(organization.id, user.id, { name: 'Root' })).toMatchObject({ name: 'Root' });
      const second = await newAdmin();
      expect(await disable(second.id)).toMatchObject({ status: 'disabled' });
      expect(await disable(user.id)).toEqual(last);
      await node.users.change(organization.id, second.id, { status: 'active' });
      expect(await disable(user.id)).toMatchObject({ status: 'disabled' });
      expect(await node.authorizations.remove(organization.id, second.grant)).toEqual(last);
      await node.users.change(organization.id, user.id, { status: 'active' });
      expect(await node.authorizations.remove(organization.id, second.grant)).toMatchObject({ id: second.grant });
    });

    test('two admins who remove each other at once do not both succeed', async () => {
      for (let round = 0; round < 5; round++) {
        const second = await newAdmin();
        const outcomes = await Promise.all([
          node.users.change(root.organization.id, root.user.id, { status: 'disabled' }),
          node.authorizations.remove(root.organization.id, second.grant),
        ]);
        expect(
          outcomes.filter((outcome) => outcome !== undefined && 'kind' in outcome && outcome.kind === last.kind),
        ).toHaveLength(1);
        await node.users.change(root.organization.id, root.user.id, { status: 'active' });
        await node.authorizations.remove(root.organization.id, second.grant);
      }
    });
  });
}
