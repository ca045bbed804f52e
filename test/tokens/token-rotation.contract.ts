import { beforeAll, describe, expect, test } from 'vitest';
import type { Token, User } from '../../src/core/directory.ts';
import { hashToken, lastFour, mintToken } from '../../src/core/token.ts';
import type { Store } from '../../src/db/store.ts';
import { PostgresUsage } from '../../src/tokens/postgres-usage.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, unique, type Node } from './fixture.ts';

const hourMs = 3_600_000;

/** What rotations promise, and edits that meet each other, on either store. */
export function tokenRotationContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`rotations of tokens on ${kind}`, () => {
    let store: Store;
    let node: Node;
    let user: User;

    beforeAll(async () => {
      store = await open();
      node = openNode(store);
      user = await newUser(node, (await newOrganization(node)).id);
    });

    async function rotate(token: Token, overlapMs = hourMs, expiresAt: number | null = null) {
      const secret = mintToken('wl', 'pat');
      const hash = hashToken(secret);
      const wish = { hash, lastFour: lastFour(secret), overlapMs, expiresAt, version: token.version };
      return { outcome: await node.tokens.rotate(token.id, wish, user.id), hash };
    }

    async function rotated(token: Token, overlapMs?: number, expiresAt?: number | null) {
      const { outcome, hash } = await rotate(token, overlapMs, expiresAt);
      if (outcome?.kind !== 'changed') throw new Error(`it was not rotated: ${outcome?.kind}`);
      return { token: outcome.token, hash };
    }

    test('calls with the old secret are counted, those with the new one are not', async () => {
      const first = await newToken(node, user.id);
      const { token } = await rotated(first.token);
      const usage = new PostgresUsage(store.admin, node.clock);
      const untilMs = token.rotation?.until ?? 0;
      const lastAtMs = node.clock.now() + 5;
      for (const calls of [2, 3]) {
        const oldSecret = { untilMs, calls, lastAtMs };
        await usage.write({
          id: unique('batch'),
          tokens: [{ tokenId: token.id, lastUse: undefined, counts: [], oldSecret }],
        });
      }
      expect((await node.tokens.find(token.id))?.rotation).toMatchObject({ oldCalls: 5, oldLastUsedAt: lastAtMs });
      expect((await rotated(token)).token.rotation).toMatchObject({ oldCalls: 0, oldLastUsedAt: null });
    });

    test('of many rotations at once one is done, and the others know that they came too late', async () => {
      const { token, hash } = await newToken(node, user.id);
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => rotate(token)));
      expect(outcomes.map(({ outcome }) => outcome?.kind ?? '').toSorted()).toEqual([
        'changed',
        ...Array.from({ length: 5 }, () => 'outdated'),
      ]);
      const live = [];
      for (const one of [hash, ...outcomes.map((each) => each.hash)]) {
        const record = await node.direct.read(one);
        if (record !== undefined) live.push(record.secretExpiresAt);
      }
      expect(new Set(live)).toEqual(new Set([node.clock.now() + hourMs, null]));
      expect(live).toHaveLength(2);
    });

    test('rotations within one millisecond keep their order', async () => {
      let { token, hash } = await newToken(node, user.id);
      for (let round = 0; round < 4; round++) {
        const next = await rotated(token, 0);
        expect(await node.direct.read(hash)).toMatchObject({ secretExpiresAt: node.clock.now() });
        expect(await node.direct.read(next.hash)).toMatchObject({ secretExpiresAt: null });
        ({ token, hash } = next);
      }
    });

    test('a rotation that shortens a token shortens what derives from it', async () => {
      const { token } = await newToken(node, user.id, { expiresAt: node.clock.now() + 10 * hourMs });
      const child = await newToken(node, user.id, { parentId: token.id });
      await rotated(token, 0, node.clock.now() + hourMs);
      expect(await node.direct.read(child.hash)).toMatchObject({ expiresAt: node.clock.now() + hourMs });
    });

    test('a rotation of what derives from a token does not make it outlive that token', async () => {
      const parentEnd = node.clock.now() + 10 * hourMs;
      const { token: parent } = await newToken(node, user.id, { expiresAt: parentEnd });
      for (const asked of [parentEnd + hourMs, null]) {
        const child = await newToken(node, user.id, { parentId: parent.id });
        const { token, hash } = await rotated(child.token, 0, asked);
        expect(token.expiresAt).toBe(parentEnd);
        expect(await node.direct.read(hash)).toMatchObject({ expiresAt: parentEnd });
      }
    });

    test('of two edits at once none brings back a scope that the other one took', async () => {
      for (let round = 0; round < 10; round++) {
        const { token } = await newToken(node, user.id, { scopes: ['a', 'b', 'c'] });
        const { version } = token;
        // The second was decided on while c was still there.
        const edits = [
          { scopes: ['a', 'b'], version },
          { scopes: ['a', 'c'], version },
        ];
        const outcomes = await Promise.all(edits.map((edit) => node.tokens.edit(token.id, edit, user.id)));
        expect(outcomes.map((outcome) => outcome?.kind ?? '').toSorted()).toEqual(['changed', 'outdated']);
        const done = edits[outcomes.findIndex((outcome) => outcome?.kind === 'changed')];
        expect((await node.tokens.find(token.id))?.scopes).toEqual(done?.scopes);
      }
    });
  });
}
