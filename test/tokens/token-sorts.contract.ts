import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { tokenSortKeys, type TokenFilter, type TokenSort } from '../../src/admin-api/ports/tokens.ts';
import type { Token, User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import { PostgresUsage } from '../../src/tokens/postgres-usage.ts';
import type { StoreKind } from '../db/stores.ts';
import { count } from '../support/counts.ts';
import { newOrganization, newToken, newUser, openNode, unique, type Node } from './fixture.ts';

const hourMs = 3_600_000;

/** Orders, places and filters of lists of tokens, on either store. */
export function tokenSortsContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`orders of tokens on ${kind}`, () => {
    let node: Node;
    let owner: User;
    let tokens: readonly Token[];

    beforeAll(async () => {
      const store = await open();
      node = openNode(store);
      owner = await newUser(node, (await newOrganization(node)).id);
      const usage = new PostgresUsage(store.admin, node.clock);
      const names = ['b', 'B', 'a', 'ä', 'z 1', 'z', '10', '9'];
      for (const [at, name] of names.entries()) {
        // Some end together, some never; some are used together, some never.
        const expiresAt = at % 3 === 0 ? null : node.clock.now() + (at % 2) * hourMs + hourMs;
        const { token } = await newToken(node, owner.id, { name, expiresAt });
        if (at % 2 === 0) {
          const lastUse = { atMs: node.clock.now() - (at % 4) * hourMs, address: '10.0.0.1', route: 'r' };
          await usage.write({ id: unique('batch'), tokens: [{ tokenId: token.id, lastUse, counts: [] }] });
        }
        if (at % 3 === 1) node.clock.advance(1);
      }
      tokens = (await node.tokens.list({ userId: owner.id }, { limit: 200 })).items;
    });

    async function ids(filter: TokenFilter, sort: TokenSort, limit: number): Promise<string[]> {
      const found: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await node.tokens.list(filter, { limit, ...(typeof cursor === 'string' && { cursor }) }, sort);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    }

    /** What never happens comes after all else, what never happened before it; ids decide between equals. */
    function sorted(by: TokenSort['by']): string[] {
      const keys = {
        created_at: () => 0,
        expires_at: (token: Token) => token.expiresAt ?? Infinity,
        last_used_at: (token: Token) => token.lastUse?.at ?? -Infinity,
        name: (token: Token) => token.name,
      } satisfies Record<TokenSort['by'], (token: Token) => number | string>;
      const compare = (one: string | number, other: string | number): number =>
        typeof one === 'string'
          ? Buffer.compare(Buffer.from(one), Buffer.from(String(other)))
          : spread(one, Number(other));
      return tokens
        .toSorted((one, other) => compare(keys[by](one), keys[by](other)) || compare(one.id, other.id))
        .map(({ id }) => id);
    }

    test('every order is whole and the same on pages of any size, in both directions', async () => {
      for (const by of tokenSortKeys) {
        const expected = sorted(by);
        for (const limit of [1, 3, 200]) {
          expect(await ids({ userId: owner.id }, { by, descending: false }, limit), by).toEqual(expected);
          expect(await ids({ organizationId: owner.organizationId }, { by, descending: true }, limit), by).toEqual(
            expected.toReversed(),
          );
        }
      }
    });

    test('a cursor of another order leads to some place of this one, and never to an error', async () => {
      for (const by of tokenSortKeys) {
        const { nextCursor } = await node.tokens.list({}, { limit: 1 }, { by, descending: true });
        for (const other of tokenSortKeys) {
          const page = await node.tokens.list(
            {},
            { limit: 1, cursor: nextCursor ?? '' },
            { by: other, descending: false },
          );
          expect(page.items.length).toBeLessThanOrEqual(1);
        }
      }
    });

    test('only what ends before an instant is listed, and nothing that never ends', async () => {
      const expiresBeforeMs = node.clock.now() + 1.5 * hourMs;
      const expected = tokens.filter(({ expiresAt }) => expiresAt !== null && expiresAt < expiresBeforeMs);
      const { items } = await node.tokens.list({ userId: owner.id, expiresBeforeMs }, { limit: 200 });
      expect(items.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      expect(items).not.toHaveLength(0);
    });

    test('a search finds exactly the names that hold it, however short or odd', async () => {
      const searcher = await newUser(node, owner.organizationId, unique('qqq'));
      const made = new Map<string, string>();
      const names = ['Nightly Export', 'nightly', 'NIGHT', 'x%_y', 'éèé export', 'aaa', 'aaaa', 'a b c'];
      for (const name of names) made.set((await newToken(node, searcher.id, { name })).token.id, name);
      const lower = (text: string): string => text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
      const pieces = fc.constantFrom(...names).chain((name) => {
        const letters = [...name];
        return fc
          .tuple(fc.nat({ max: letters.length - 1 }), fc.integer({ min: 1, max: 6 }))
          .map(([from, length]) => letters.slice(from, from + length).join(''));
      });
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(pieces, fc.string({ minLength: 1, maxLength: 4 })),
          fc.boolean(),
          async (piece, upper) => {
            const search = upper ? piece.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase()) : piece;
            fc.pre(
              !search.includes('\0') &&
                !/q/i.test(search) &&
                !/[\u{80}-\u{10ffff}]/u.test(piece.replaceAll(/[éè]/g, '')),
            );
            const { items } = await node.tokens.list({ userId: searcher.id, search }, { limit: 200 });
            const expected = [...made].filter(([, name]) => {
              return lower(name).includes(lower(search)) || searcher.username.includes(lower(search));
            });
            expect(items.map(({ id }) => id).toSorted()).toEqual(expected.map(([id]) => id).toSorted());
          },
        ),
        { numRuns: count(60, 1000) },
      );
    });
  });
}

/** Infinity less Infinity is no number. */
function spread(one: number, other: number): number {
  return one === other ? 0 : one - other;
}
