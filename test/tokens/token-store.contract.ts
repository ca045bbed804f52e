import { beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../../src/core/directory.ts';
import type { TokenAction } from '../../src/admin-api/ports/tokens.ts';
import type { TokenState } from '../../src/core/token-record.ts';
import type { Store } from '../../src/db/store.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, tokenInput, unique, type Node } from './fixture.ts';
import { stateFixtures, tokenIn } from './token-states.ts';

/** What the write port `Tokens` promises, on either store. */
export function tokenStoreContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`tokens on ${kind}`, () => {
    let node: Node;
    let user: User;

    beforeAll(async () => {
      node = openNode(await open());
      user = await newUser(node, (await newOrganization(node)).id);
    });

    const stateOf = async (id: string): Promise<TokenState | undefined> => (await node.tokens.find(id))?.state;

    test('a created token is found with everything but its secret', async () => {
      const { token, hash } = await newToken(node, user.id, { name: 'ci', scopes: ['device:read'] });
      expect(token).toMatchObject({
        kind: 'pat',
        organizationId: user.organizationId,
        userId: user.id,
        username: user.username,
        name: 'ci',
        scopes: ['device:read'],
        state: 'active',
        createdAt: node.clock.now(),
        createdBy: user.id,
        expiresAt: null,
        parentId: null,
      });
      expect(await node.tokens.find(token.id)).toEqual(token);
      expect(JSON.stringify(token)).not.toContain(hash);
      expect(await node.direct.read(hash)).toMatchObject({ id: token.id, scopes: ['device:read'], revoked: false });
    });

    test('no scopes at all is a list too', async () => {
      const { hash } = await newToken(node, user.id, { scopes: [] });
      expect(await node.direct.read(hash)).toMatchObject({ scopes: [] });
    });

    test('a name is unique among an owner’s active and disabled tokens, byte for byte', async () => {
      const name = unique('name');
      const { token } = await newToken(node, user.id, { name });
      const conflict = { kind: 'conflict', existingId: token.id };
      expect(await node.tokens.create(tokenInput(user.id, { name }))).toEqual(conflict);
      await node.tokens.act(token.id, 'disable', user.id);
      expect(await node.tokens.create(tokenInput(user.id, { name }))).toEqual(conflict);
      expect(await node.tokens.create(tokenInput(user.id, { name: name.toUpperCase() }))).toMatchObject({
        kind: 'created',
      });
      const other = await newUser(node, user.organizationId);
      expect(await node.tokens.create(tokenInput(other.id, { name }))).toMatchObject({ kind: 'created' });
    });

    test.each(['expire', 'revoke', 'delete'] as const)('%s frees the name', async (action) => {
      const name = unique('name');
      const { token } = await newToken(node, user.id, { name });
      await node.tokens.act(token.id, action, user.id);
      expect(await node.tokens.create(tokenInput(user.id, { name }))).toMatchObject({ kind: 'created' });
    });

    test('time frees the name, and a second token cannot have it as well', async () => {
      const name = unique('name');
      await newToken(node, user.id, { name, expiresAt: node.clock.now() + 1000 });
      expect(await node.tokens.create(tokenInput(user.id, { name }))).toMatchObject({ kind: 'conflict' });
      node.clock.advance(1000);
      const inputs = [tokenInput(user.id, { name }), tokenInput(user.id, { name })];
      const outcomes = await Promise.all(inputs.map((input) => node.tokens.create(input)));
      expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual(['conflict', 'created']);
    });

    test('of many creations of one name at once exactly one succeeds and the others name it', async () => {
      const name = unique('name');
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, () => node.tokens.create(tokenInput(user.id, { name }))),
      );
      const [created, ...more] = outcomes.flatMap((outcome) => (outcome.kind === 'created' ? [outcome.item.id] : []));
      const named = outcomes.flatMap((outcome) => (outcome.kind === 'conflict' ? [outcome.existingId] : []));
      expect(more).toEqual([]);
      expect(named).toEqual(Array.from({ length: 7 }, () => created));
    });

    test.each(stateFixtures)('$action on a token that is $from', async ({ from, action, to }) => {
      const { token } = await tokenIn(node, user.id, from);
      const before = await node.tokens.find(token.id);
      const outcome = await node.tokens.act(token.id, action, user.id);
      if (to === 'not_possible') {
        expect(outcome).toEqual({ kind: 'not_possible', token: before });
        expect(await node.tokens.find(token.id)).toEqual(before);
      } else {
        expect(outcome).toMatchObject({
          kind: 'changed',
          token: { id: token.id, state: to === 'gone' ? 'revoked' : to },
        });
        expect(await stateOf(token.id)).toBe(to === 'gone' ? undefined : to);
      }
    });

    test('what is deleted is gone from lists and finds, and is looked up as revoked', async () => {
      const { token, hash } = await newToken(node, user.id);
      await node.tokens.act(token.id, 'delete', user.id);
      expect(await node.tokens.find(token.id)).toBeUndefined();
      const listed = await node.tokens.list({ userId: user.id }, { limit: 200 });
      expect(listed.items.map(({ id }) => id)).not.toContain(token.id);
      expect(await node.direct.read(hash)).toMatchObject({ id: token.id, revoked: true });
      for (const action of ['delete', 'revoke', 'enable'] as const) {
        expect(await node.tokens.act(token.id, action, user.id)).toBeUndefined();
      }
    });

    test('enabling a token whose name another one has got meanwhile is a conflict', async () => {
      const name = unique('name');
      const { token } = await newToken(node, user.id, { name, expiresAt: node.clock.now() + 60_000 });
      await node.tokens.act(token.id, 'disable', user.id);
      // As a node whose clock is a minute ahead sees it: expired, so that its name is free.
      node.clock.advance(60_000);
      const { token: second } = await newToken(node, user.id, { name });
      node.clock.advance(-60_000);
      const outcome = await node.tokens.act(token.id, 'enable', user.id);
      expect(outcome).toEqual({ kind: 'conflict', existingId: second.id });
      expect(await stateOf(token.id)).toBe('disabled');
      node.clock.advance(60_000);
    });

    test('an edit changes scopes and purpose, says by whom, and stops at tokens that have ended', async () => {
      const { token, hash } = await newToken(node, user.id, { scopes: ['a', 'b', 'c'] });
      node.clock.advance(1000);
      const outcome = await node.tokens.edit(token.id, { scopes: ['c', 'a'], purpose: 'nightly run' }, 'usr_other');
      expect(outcome).toMatchObject({
        kind: 'changed',
        token: { scopes: ['c', 'a'], purpose: 'nightly run', changedBy: 'usr_other', changedAt: node.clock.now() },
      });
      expect(await node.direct.read(hash)).toMatchObject({ scopes: ['c', 'a'] });
      await node.tokens.edit(token.id, { purpose: null }, user.id);
      expect(await node.tokens.find(token.id)).toMatchObject({ scopes: ['c', 'a'], purpose: null });
      await node.tokens.act(token.id, 'expire', user.id);
      expect(await node.tokens.edit(token.id, { purpose: 'x' }, user.id)).toMatchObject({ kind: 'not_possible' });
    });

    test('what ends or narrows a token does so to what derives from it, and enabling brings only that back', async () => {
      const { token: parent } = await newToken(node, user.id, { scopes: ['a', 'b', 'c'] });
      const child = await newToken(node, user.id, { scopes: ['c', 'b', 'x'], parentId: parent.id });
      const grandchild = await newToken(node, user.id, { scopes: ['c', 'b'], parentId: child.token.id });
      const loose = await newToken(node, user.id, { parentId: parent.id });
      const family = [child.token.id, grandchild.token.id];
      const states = (): Promise<unknown[]> => Promise.all(family.map((id) => stateOf(id)));
      expect(child.token.scopes).toEqual(['c', 'b']);
      await node.tokens.edit(parent.id, { scopes: ['a', 'c'] }, user.id);
      expect(await node.direct.read(grandchild.hash)).toMatchObject({ scopes: ['c'] });
      await node.tokens.act(loose.token.id, 'disable', user.id);
      node.clock.advance(1);
      await node.tokens.act(parent.id, 'disable', user.id);
      expect(await states()).toEqual(['disabled', 'disabled']);
      await node.tokens.act(parent.id, 'enable', user.id);
      expect([...(await states()), await stateOf(loose.token.id)]).toEqual(['active', 'active', 'disabled']);
      await node.tokens.act(parent.id, 'expire', user.id);
      expect(await states()).toEqual(['expired', 'expired']);
      await node.tokens.act(parent.id, 'delete', user.id);
      expect(await states()).toEqual(['revoked', 'revoked']);
    });

    test('what derives from a token never outlives it, nor begins after its end', async () => {
      const expiresAt = node.clock.now() + 1000;
      const { token: parent } = await newToken(node, user.id, { expiresAt });
      expect((await newToken(node, user.id, { parentId: parent.id })).token.expiresAt).toBe(expiresAt);
      const longer = await newToken(node, user.id, { parentId: parent.id, expiresAt: expiresAt + 1000 });
      expect(longer.token.expiresAt).toBe(expiresAt);
      await node.tokens.act(parent.id, 'revoke', user.id);
      expect((await newToken(node, user.id, { parentId: parent.id })).token.state).toBe('revoked');
    });

    test('replacing ends what had the name and creates the new one', async () => {
      const name = unique('demo');
      const first = await newToken(node, user.id, { name });
      const outcome = await node.tokens.replace(tokenInput(user.id, { name }));
      expect(outcome).toMatchObject({ kind: 'created', item: { name, state: 'active' } });
      expect(await stateOf(first.token.id)).toBe('revoked');
    });

    test('ids that are none find nothing', async () => {
      for (const id of ['', 'tok_x', "' OR 1=1", '%', 'tok_00000000000000000000000000']) {
        expect(await node.tokens.find(id)).toBeUndefined();
        expect(await node.tokens.act(id, 'revoke' satisfies TokenAction, user.id)).toBeUndefined();
        expect(await node.tokens.edit(id, { scopes: [] }, user.id)).toBeUndefined();
      }
    });
  });
}
