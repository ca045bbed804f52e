import { beforeAll, describe, expect, test } from 'vitest';
import type { TokenFilter } from '../../src/admin-api/ports/tokens.ts';
import type { Store } from '../../src/db/store.ts';
import { listTokens } from '../../src/tokens/postgres-token-list.ts';
import { rareTermsOf } from '../../src/tokens/postgres-token-terms.ts';
import { emptyStore, storeKinds } from '../db/stores.ts';
import { newOrganization, newUser, openNode } from './fixture.ts';

/** So small that a search is answered by the index of terms. */
const byIndex = { firstWalk: 3, longWalk: 3, promising: 99, found: 1000 };

describe.each(storeKinds)('a search on %s for what begins as everything does', (kind) => {
  let store: Store;
  let organizationId: string;

  beforeAll(async () => {
    store = await emptyStore(kind);
    const node = openNode(store);
    organizationId = (await newOrganization(node)).id;
    const user = await newUser(node, organizationId, 'robot');
    for (let first = 1000; first < 1300; first += 50) await fill(user.id, first);
  });

  /** Fifty tokens, numbered from `first` on. */
  async function fill(userId: string, first: number): Promise<void> {
    await store.admin.query(
      (sql) => sql`
        WITH made AS (
          INSERT INTO tokens (id, kind, organization_id, user_id, name, holds_name, scopes, created_at, created_by, changed_at, changed_by)
          SELECT 'tok_' || lpad(n::text, 26, '0'), 'pat', ${organizationId}, ${userId}, 'service-token-' || n, true,
            '{device:read}', now(), ${userId}, now(), ${userId} FROM generate_series(${first}::integer, ${first + 49}) n
          RETURNING id)
        INSERT INTO token_secrets (hash, token_id, last_four, valid_from) SELECT translate(encode(sha256(id::bytea), 'base64'), '+/=', '-_'), id, 'abcd', now() FROM made`,
    );
  }

  const termsOf = (search: string): Promise<readonly string[]> =>
    store.admin.query((sql) => rareTermsOf(sql, { organizationId, search }));

  async function namesOf(filter: TokenFilter): Promise<string[]> {
    const wish = { filter, page: { limit: 200 }, sort: { by: 'name', descending: false } } as const;
    const page = await store.admin.query((sql) => listTokens(sql, wish, Date.now(), byIndex));
    return page.items.map(({ name }) => name);
  }

  test('looks up all of it where nothing is known of the index', async () => {
    await store.admin.query((sql) => sql`DELETE FROM pg_statistic WHERE starelid = 'tokens_by_terms'::regclass`);
    expect(await termsOf('token-1234')).toEqual([
      'tok',
      'oke',
      'ken',
      'en-',
      'n-1',
      '-12',
      '123',
      '234',
      organizationId,
    ]);
    expect(await namesOf({ organizationId, search: 'token-1234' })).toEqual(['service-token-1234']);
  });

  test('looks up what is rare alone once that is known, and finds the same', async () => {
    await store.admin.query((sql) => sql`ANALYZE tokens`);
    const terms = await termsOf('token-1234');
    expect(terms).toContain('234');
    expect(terms).not.toContain('tok');
    expect(terms).not.toContain(organizationId);
    expect(await namesOf({ organizationId, search: 'token-1234' })).toEqual(['service-token-1234']);
    // What has no term that is rare has them all.
    expect(await termsOf('token-')).toEqual(['tok', 'oke', 'ken', 'en-', organizationId]);
    expect(await namesOf({ organizationId, search: 'en-115' })).toHaveLength(10);
    expect(await namesOf({ organizationId, search: 'token-9' })).toEqual([]);
    expect(await namesOf({ organizationId: 'org_another', search: 'token-1234' })).toEqual([]);
  });
});
