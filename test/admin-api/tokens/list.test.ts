import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens';
let world: World;
let admin: Holder;
let member: Holder;
let stranger: Holder;
let platform: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
  member = await world.people.holder('acme', [], ['wayleave:self']);
  stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
});

async function idsOf(holder: Holder, query = ''): Promise<string[]> {
  const answer = await world.client(holder.secret).get(`${path}?limit=200&${query}`);
  expect(answer.status).toBe(200);
  return (answer.body['items'] as { id: string }[]).map(({ id }) => id);
}

describe('GET /tokens', () => {
  it('shows one’s own with wayleave:self, the organisation’s with tokens:read, all to the platform', async () => {
    const another = await world.people.token(member.user, ['wayleave:self']);
    expect(await idsOf(member)).toEqual([another.tokenId, member.tokenId]);
    expect(await idsOf(admin)).toEqual([another.tokenId, member.tokenId, admin.tokenId]);
    expect(await idsOf(stranger)).toEqual([stranger.tokenId]);
    expect(await idsOf(platform)).toEqual(expect.arrayContaining([admin.tokenId, stranger.tokenId, platform.tokenId]));
    expect(await idsOf(platform, 'organization=globex')).toEqual([stranger.tokenId]);
    expect(await idsOf(platform, `organization=${stranger.user.organizationId}`)).toEqual([stranger.tokenId]);
  });

  it('filters by state, owner and a part of the name', async () => {
    const user = await world.people.user('acme', [], 'service');
    const [active, disabled, expired, revoked] = await Promise.all(
      [1, 2, 3, 4].map(() => world.people.token(user, ['wayleave:self'])),
    );
    if (!active || !disabled || !expired || !revoked) throw new Error('not made');
    await world.stores.tokens.act(disabled.tokenId, 'disable', admin.user.id);
    await world.stores.tokens.act(expired.tokenId, 'expire', admin.user.id);
    await world.stores.tokens.act(revoked.tokenId, 'revoke', admin.user.id);
    const of = (query: string) => idsOf(admin, `user_id=${user.id}&${query}`);
    expect(await of('state=active')).toEqual([active.tokenId]);
    expect(await of('state=disabled')).toEqual([disabled.tokenId]);
    expect(await of('state=expired')).toEqual([expired.tokenId]);
    expect(await of('state=revoked')).toEqual([revoked.tokenId]);
    expect((await of('')).length).toBe(4);
    expect(await idsOf(admin, `search=${user.username.toUpperCase()}&state=active`)).toEqual([active.tokenId]);
    await world.stores.tokens.act(revoked.tokenId, 'delete', admin.user.id);
    expect((await of('')).length).toBe(3);
  });

  it.each([
    'state=gone',
    'state=active&state=revoked',
    'limit=-1',
    'limit=1000000000',
    'limit=',
    'cursor=x',
    'sort=name;drop%20table%20tokens',
    'expires_before=2030-01-01',
    'user_id=..%2F..',
    'search=%00',
  ])('refuses ?%s', async (query) => {
    const answer = await world.client(admin.secret).get(`${path}?${query}`);
    expectProblem(answer, 400, 'validation_failed');
  });

  it('answers 404 for another organisation and its users, and 403 to whoever may see no more than their own', async () => {
    const asAdmin = world.client(admin.secret);
    for (const query of [
      'organization=globex',
      'organization=nothing',
      `user_id=${stranger.user.id}`,
      'user_id=usr_nobody',
    ]) {
      expectProblem(await asAdmin.get(`${path}?${query}`), 404, 'not_found');
    }
    expectProblem(await world.client(member.secret).get(`${path}?user_id=${admin.user.id}`), 403, 'insufficient_scope');
    const holder = await world.people.holder('acme', ['analytics/viewer'], ['read']);
    expectProblem(await world.client(holder.secret).get(path), 403, 'insufficient_scope');
  });
});

describe('GET /tokens/{id}', () => {
  it('shows a token to whoever may see it, and 404 to everybody else', async () => {
    const shown = await world.client(admin.secret).get(`${path}/${member.tokenId}`);
    expect(shown.body).toMatchObject({ id: member.tokenId, user_id: member.user.id, state: 'active' });
    expect((await world.client(member.secret).get(`${path}/${member.tokenId}`)).status).toBe(200);
    expectProblem(await world.client(member.secret).get(`${path}/${admin.tokenId}`), 404, 'not_found');
    expectProblem(await world.client(stranger.secret).get(`${path}/${member.tokenId}`), 404, 'not_found');
    expectProblem(await world.client(admin.secret).get(`${path}/tok_nothing`), 404, 'not_found');
    expect((await world.client(platform.secret).get(`${path}/${member.tokenId}`)).status).toBe(200);
  });
});
