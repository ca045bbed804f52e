import { beforeAll, describe, expect, it } from 'vitest';
import { configFixture } from '../admin-api/support/config.ts';
import type { AdminClient } from '../admin-api/support/client.ts';
import { openWorld } from '../admin-api/support/world.ts';

let client: AdminClient;

beforeAll(async () => {
  const { tokens, tokenPolicy } = configFixture();
  const unlimited = { maxLifetimeMs: Infinity };
  const config = { tokens: { ...tokens, ...unlimited }, tokenPolicy: { ...tokenPolicy, ...unlimited } };
  const world = await openWorld({ config });
  const scopes = ['wayleave:tokens:write', 'wayleave:usage:read', 'wayleave:audit:read', 'wayleave:self'];
  const user = await world.people.user('acme', ['wayleave/org-admin']);
  const { tokenId, secret } = await world.people.token(user, scopes);
  await world.database.query((sql) => sql`UPDATE tokens SET expires_at = NULL WHERE id = ${tokenId}`);
  client = world.client(secret);
});

const beyond = [
  '0000-01-01T00:00:00Z',
  '0000-06-01T00:00:00+14:00',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
];
const edges = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z'];

describe('an instant that no calendar of the store has', () => {
  const calls = ['tokens?expires_before=', 'audit?since=', 'audit?until=', 'usage?to=', 'usage?from='];

  it.each(calls)('is refused by GET /%s', async (call) => {
    for (const text of beyond) {
      expect((await client.get(`/api/v1/${call}${encodeURIComponent(text)}`)).status, text).toBe(400);
    }
    for (const text of edges) {
      expect((await client.get(`/api/v1/${call}${encodeURIComponent(text)}`)).status, text).toBeLessThan(500);
    }
  });

  it('ends no token, in bulk or of its own', async () => {
    for (const text of beyond) {
      expect((await client.post('/api/v1/tokens/expire', { expires_before: text, dry_run: true })).status).toBe(400);
      expect((await client.post('/api/v1/tokens', { name: 'x', scopes: [], expires_at: text })).status).toBe(400);
    }
    const wish = { name: 'long', scopes: ['wayleave:self'], lifetime: '999999999d' };
    expect((await client.post('/api/v1/tokens', wish)).status).toBe(400);
  });

  it('does not come of rotating a token that ends with the year 9999', async () => {
    const wish = { name: 'last', scopes: ['wayleave:self'], expires_at: '9999-12-31T23:59:59Z' };
    const made = await client.post('/api/v1/tokens', wish);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const { id } = made.body['token'] as { id: string };
    const rotated = await client.post(`/api/v1/tokens/${id}/rotate`, {});
    expect({ status: rotated.status, body: rotated.body }).toMatchObject({ status: 200 });
  });
});
