import { beforeEach, expect, it } from 'vitest';
import type { Sql } from '../../src/db/client.ts';
import type { Store } from '../../src/db/store.ts';
import { listTokens, newestFirst } from '../../src/tokens/postgres-token-list.ts';
import { openOnce } from '../db/stores.ts';
import { newOrganization, newToken, newUser, openNode, type Node } from '../tokens/fixture.ts';

const open = openOnce('postgres');
/** Every page ends where its walk of four tokens does. */
const bounds = { firstWalk: 4, longWalk: 4, promising: 99, found: 0 };

let store: Store;
let node: Node;
let organizationId: string;
let kept: string[];
let passing: string[];

/** Twelve tokens, of which every third one is looked for. */
beforeEach(async () => {
  store = await open();
  node = openNode(store);
  organizationId = (await newOrganization(node)).id;
  const owner = await newUser(node, organizationId);
  [kept, passing] = [[], []];
  for (let n = 0; n < 12; n++) {
    const { token } = await newToken(node, owner.id, { name: `${n % 3 === 0 ? 'kept' : 'passing'}-${n}` });
    (n % 3 === 0 ? kept : passing).unshift(token.id);
    node.clock.advance(1000);
  }
});

/** Runs `act` as soon as a page has been read for the n-th time, before the list is gone on with. */
function afterReading(n: number, act: () => Promise<unknown>): (sql: Sql) => Sql {
  let read = 0;
  const apply = (sql: Sql, self: unknown, args: [TemplateStringsArray]): unknown => {
    const query: unknown = Reflect.apply(sql, self, args);
    const isPage = /^\s*WITH (?:page|walked) AS/.test(String(args[0][0])) && ++read === n;
    return isPage ? Promise.resolve(query).then(async (rows) => (await act(), rows)) : query;
  };
  return (sql) => new Proxy(sql, { apply });
}

it.each([1, 2, 3, 4, 5])('tokens that go while a list is walked hide no others (after read %i)', async (n) => {
  const found: string[] = [];
  const attacked = afterReading(n, () =>
    store.data.query(
      (sql) => sql`
        UPDATE tokens SET revoked_at = now(), deleted_at = now(), holds_name = false
        WHERE id = ANY (${passing.slice(0, 5)}::text[])`,
    ),
  );
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = { limit: 7, ...(cursor !== undefined && { cursor }) };
    const wish = { filter: { organizationId, search: 'kept' }, page, sort: newestFirst };
    const { items, nextCursor } = await store.admin.query((sql) =>
      listTokens(attacked(sql), wish, node.clock.now(), bounds),
    );
    found.push(...items.map(({ id }) => id));
    cursor = nextCursor;
  }
  expect(found).toEqual(kept);
});
