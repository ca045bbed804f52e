import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenFilter } from '../../src/admin-api/ports/tokens.ts';
import type { User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, type Node } from './fixture.ts';
import { tokenIn } from './token-states.ts';

/** What lists of tokens promise, on either store. */
export function tokenListContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`lists of tokens on ${kind}`, () => {
    let node: Node;
    let alice: User;
    let bob: User;

    beforeAll(async () => {
      node = openNode(await open());
      alice = await newUser(node, (await newOrganization(node)).id, 'alice');
      bob = await newUser(node, (await newOrganization(node)).id, 'bob_b');
    });

    /** Every name that a filter lists, page by page. */
    async function names(filter: TokenFilter, limit = 200): Promise<string[]> {
      const found: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await node.tokens.list(filter, { limit, ...(typeof cursor === 'string' && { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    }

    test('pages are newest first, whole, and without doubles, also while tokens come', async () => {
      const owner = await newUser(node, alice.organizationId);
      for (const name of ['t1', 't2', 't3', 't4', 't5']) {
        await newToken(node, owner.id, { name });
        node.clock.advance(1);
      }
      const filter = { userId: owner.id };
      expect(await names(filter)).toEqual(['t5', 't4', 't3', 't2', 't1']);
      expect(await names(filter, 2)).toEqual(['t5', 't4', 't3', 't2', 't1']);
      expect(await names(filter, 5)).toEqual(['t5', 't4', 't3', 't2', 't1']);
      const first = await node.tokens.list(filter, { limit: 2 });
      await newToken(node, owner.id, { name: 't6' });
      const rest = await node.tokens.list(filter, {
        limit: 200,
        ...(first.nextCursor && { cursor: first.nextCursor }),
      });
      expect(rest.items.map(({ name }) => name)).toEqual(['t3', 't2', 't1']);
    });

    test('tokens made in the same millisecond are listed in one order, each once', async () => {
      const owner = await newUser(node, alice.organizationId);
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await newToken(node, owner.id, { name });
      const whole = await names({ userId: owner.id });
      expect(whole.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
      expect(await names({ userId: owner.id }, 1)).toEqual(whole);
    });

    test('a filter by state follows the same rules as the state itself', async () => {
      const owner = await newUser(node, alice.organizationId);
      for (const state of ['active', 'disabled', 'expired', 'revoked'] as const) await tokenIn(node, owner.id, state);
      const soon = await newToken(node, owner.id, { name: 'soon', expiresAt: node.clock.now() + 1000 });
      const off = await newToken(node, owner.id, { name: 'off', expiresAt: node.clock.now() + 1000 });
      await node.tokens.act(off.token.id, 'disable', owner.id);
      node.clock.advance(1000);
      for (const state of ['active', 'disabled', 'expired', 'revoked'] as const) {
        const { items } = await node.tokens.list({ userId: owner.id, state }, { limit: 200 });
        expect(items.map((item) => item.state)).toEqual(items.map(() => state));
        expect(items).toHaveLength(state === 'expired' ? 3 : 1);
      }
      expect(await node.tokens.find(soon.token.id)).toMatchObject({ state: 'expired' });
    });

    test('a search is literal, in any case, in the name and in the owner’s username', async () => {
      const owner = await newUser(node, alice.organizationId, 'search_me');
      for (const name of ['100% sure', '100 percent', 'under_score', 'underXscore', String.raw`back\slash`, 'Größe']) {
        await newToken(node, owner.id, { name });
      }
      const found = (search: string): Promise<string[]> => names({ userId: owner.id, search });
      expect(await found('100%')).toEqual(['100% sure']);
      expect(await found('R_S')).toEqual(['under_score']);
      expect(await found(String.raw`K\S`)).toEqual([String.raw`back\slash`]);
      expect(await found('Größe')).toEqual(['Größe']);
      expect(await found('SEARCH_me')).toHaveLength(6);
      expect(await found('nothing')).toEqual([]);
    });

    test('an organisation sees its own tokens alone', async () => {
      await newToken(node, bob.id, { name: 'of bob' });
      expect(await names({ organizationId: bob.organizationId })).toEqual(['of bob']);
      expect(await names({ organizationId: alice.organizationId })).not.toContain('of bob');
      expect(await names({ organizationId: alice.organizationId, userId: bob.id })).toEqual([]);
    });

    test('a cursor that no page gave leads to the end and not to an error', async () => {
      for (const cursor of ['x', '%00', Buffer.from('\0').toString('base64url'), 'a'.repeat(500)]) {
        expect(await node.tokens.list({}, { limit: 10, cursor })).toEqual({ items: [], nextCursor: null });
      }
    });
  });
}
