import { beforeAll, describe, expect, test } from 'vitest';
import { tokenSortKeys, type TokenFilter, type TokenSort } from '../../src/admin-api/ports/tokens.ts';
import type { Token, User } from '../../src/core/directory.ts';
import type { Store } from '../../src/db/store.ts';
import { listTokens, type ListBounds } from '../../src/tokens/postgres-token-list.ts';
import { PostgresSweptTokens } from '../../src/tokens/postgres-token-sweep.ts';
import { count } from '../support/counts.ts';
import type { StoreKind } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, unique, type Node } from './fixture.ts';

const dayMs = 86_400_000;
const sorts = tokenSortKeys.flatMap((by) => [true, false].map((descending): TokenSort => ({ by, descending })));

/** So small that every way of finding a page, and every place where one may end early, is met by forty tokens. */
const narrow: readonly ListBounds[] = [
  { firstWalk: 4, longWalk: 9, promising: 1, found: 3 },
  { firstWalk: 3, longWalk: 6, promising: 99, found: 1 },
  { firstWalk: 3, longWalk: 6, promising: 99, found: 1000 },
];

/** Lists find what a look at every single token finds, whichever way they go about it. */
export function tokenListingContract(kind: StoreKind, open: () => Promise<Store>): void {
  describe(`the ways of finding a list on ${kind}`, () => {
    let node: Node;
    let store: Store;
    let organizationId: string;
    const users: User[] = [];
    const tokens: Token[] = [];

    beforeAll(async () => {
      store = await open();
      node = openNode(store);
      organizationId = (await newOrganization(node)).id;
      for (const name of ['ci-bot', 'Robot', 'zed']) users.push(await newUser(node, organizationId, unique(name)));
      const stranger = await newUser(node, (await newOrganization(node)).id);
      await newToken(node, stranger.id, { name: 'nightly of another' });
      await fill();
    });

    /** Tokens in every state and of every age, some used, some ended and not yet noted so. */
    async function fill(): Promise<void> {
      const names = ['nightly', 'import', 'Export', 'deploy', 'nightly-late'];
      for (let n = 0; n < 40; n++) {
        const owner = users[n % users.length];
        if (owner === undefined) throw new Error('there are users');
        const expiresAt = n % 4 === 0 ? null : node.clock.now() + (1 + (n % 7)) * dayMs;
        const { token } = await newToken(node, owner.id, { name: `${names[n % names.length]}-${n}`, expiresAt });
        if (n % 5 === 1) await node.tokens.act(token.id, 'disable', owner.id);
        if (n % 9 === 2) await node.tokens.act(token.id, 'revoke', owner.id);
        if (n % 11 === 3) await node.tokens.act(token.id, 'delete', owner.id);
        if (n % 3 === 1) await used(token.id, node.clock.now() + (n % 4) * 1000);
        node.clock.advance(dayMs / 8);
      }
      await store.admin.query(
        (sql) =>
          sql`UPDATE users SET kind = 'service', review_since = now(), review_reason = 'owner_deleted' WHERE id = ${users[1]?.id ?? ''}`,
      );
    }

    async function used(id: string, atMs: number): Promise<void> {
      await store.admin.query(
        (sql) =>
          sql`UPDATE token_last_use SET at = ${new Date(atMs)}, address = '::1', route = 'r' WHERE token_id = ${id}`,
      );
    }

    async function read(): Promise<void> {
      const rows = await store.admin.query(
        (sql) => sql`SELECT id FROM tokens WHERE organization_id = ${organizationId} AND deleted_at IS NULL`,
      );
      const found = await Promise.all(rows.map((row) => node.tokens.find(String(row['id']))));
      tokens.splice(0, tokens.length, ...found.filter((token) => token !== undefined));
    }

    function filters(): readonly TokenFilter[] {
      const nowMs = node.clock.now();
      const wishes: TokenFilter[] = [
        {},
        { search: 'nightly' },
        { search: 'ROBOT' },
        { search: 'e' },
        { search: '-3' },
        { search: 'nothing' },
        { expiresBeforeMs: nowMs + dayMs },
        { unusedSinceMs: nowMs - 2 * dayMs },
        { unusedSinceMs: nowMs - 2 * dayMs, search: 'port' },
        { review: true },
        { review: true, search: 'im' },
        { userId: users[0]?.id ?? '' },
        { userId: users[2]?.id ?? '', search: 'zed', expiresBeforeMs: nowMs },
        { endedBeforeMs: nowMs - dayMs },
      ];
      const states = [undefined, 'active', 'disabled', 'expired', 'revoked'] as const;
      return wishes.flatMap((wish) => states.map((state) => ({ ...wish, organizationId, ...(state && { state }) })));
    }

    /** What the filter finds, as anybody would write it down. */
    function expected(filter: TokenFilter): readonly Token[] {
      return tokens.filter((token) => isOfWhom(token, filter) && isOfWhen(token, filter));
    }

    function isOfWhom(token: Token, { state, search = '', userId, review }: TokenFilter): boolean {
      const word = search.toLowerCase();
      return (
        (token.name.toLowerCase().includes(word) || token.username.toLowerCase().includes(word)) &&
        (state ?? token.state) === token.state &&
        (userId ?? token.userId) === token.userId &&
        (review !== true || token.userId === users[1]?.id)
      );
    }

    function isOfWhen(token: Token, filter: TokenFilter): boolean {
      const { expiresBeforeMs, unusedSinceMs = Infinity, endedBeforeMs = Infinity } = filter;
      const end = token.expiresAt ?? Infinity;
      const ended = token.state === 'revoked' ? token.changedAt : end;
      return (
        (expiresBeforeMs === undefined || end < expiresBeforeMs) &&
        ended <= endedBeforeMs &&
        Math.max(token.createdAt, token.lastUse?.at ?? 0) <= unusedSinceMs
      );
    }

    function inOrder(found: readonly Token[], { by, descending }: TokenSort): readonly string[] {
      const keys = {
        created_at: () => 0,
        expires_at: (token: Token) => token.expiresAt ?? Infinity,
        last_used_at: (token: Token) => token.lastUse?.at ?? -Infinity,
        name: (token: Token) => token.name,
      };
      const key = keys[by];
      const compare = <Value extends string | number>(one: Value, other: Value): number =>
        one === other ? 0 : one < other ? -1 : 1;
      const sorted = found.toSorted((one, other) => compare(key(one), key(other)) || compare(one.id, other.id));
      return (descending ? sorted.toReversed() : sorted).map(({ id }) => id);
    }

    async function listed(filter: TokenFilter, sort: TokenSort, bounds: ListBounds): Promise<string[]> {
      const ids: string[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = { limit: 7, ...(cursor !== undefined && { cursor }) };
        const { items, nextCursor } = await store.admin.query((sql) =>
          listTokens(sql, { filter, page, sort }, node.clock.now(), bounds),
        );
        ids.push(...items.map(({ id }) => id));
        cursor = nextCursor;
      }
      return ids;
    }

    async function differences(every: number): Promise<readonly string[]> {
      const found: string[] = [];
      await read();
      let turn = 0;
      for (const filter of filters()) {
        for (const sort of sorts) {
          const bounds = narrow[turn % narrow.length];
          if (bounds === undefined || turn++ % every !== 0) continue;
          const ids = await listed(filter, sort, bounds);
          const wanted = inOrder(expected(filter), sort);
          if (ids.join() !== wanted.join()) found.push(JSON.stringify({ filter, sort, bounds, ids, wanted }));
        }
      }
      return found;
    }

    test('every filter in every order finds the same, before anything is noted', async () => {
      expect(await differences(count(7, 1))).toEqual([]);
    });

    test('and after the sweep has noted what has ended, and again when more has ended since', async () => {
      const swept = new PostgresSweptTokens(store.admin, node.clock);
      await swept.noteExpired();
      await swept.noteEndings();
      const [row] = await store.admin.query(
        (sql) => sql`
          SELECT count(*) FILTER (WHERE t.list_state = 'expired') > 3 AS noted, count(*) FILTER (WHERE l.ended) > 3 AS ended
          FROM tokens t JOIN token_last_use l ON l.token_id = t.id WHERE t.organization_id = ${organizationId}`,
      );
      expect(row).toMatchObject({ noted: true, ended: true });
      expect(await differences(count(11, 1))).toEqual([]);
      node.clock.advance(dayMs);
      expect(await differences(count(29, 1))).toEqual([]);
    });

    test('the sweep leaves what a clock that is behind may still take for active', async () => {
      const { token } = await newToken(node, users[0]?.id ?? '', { expiresAt: node.clock.now() + 1000 });
      node.clock.advance(2000);
      await new PostgresSweptTokens(store.admin, node.clock).noteExpired();
      const [row] = await store.admin.query((sql) => sql`SELECT list_state FROM tokens WHERE id = ${token.id}`);
      expect(row).toEqual({ list_state: 'active' });
      const page = await node.tokens.list({ organizationId, state: 'expired' }, { limit: 200 });
      expect(page.items.map(({ id }) => id)).toContain(token.id);
    });

    test('a revocation does not wait for a batch of usage that has the token', async () => {
      const { token } = await newToken(node, users[0]?.id ?? '');
      if (kind === 'embedded') return;
      await store.data.transaction(async (sql) => {
        await sql`UPDATE token_last_use SET route = 'slow' WHERE token_id = ${token.id}`;
        const outcome = await node.tokens.act(token.id, 'revoke', token.userId);
        expect(outcome).toMatchObject({ kind: 'changed', token: { state: 'revoked' } });
      });
    });
  });
}
