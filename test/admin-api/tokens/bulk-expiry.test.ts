import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens/expire';
let world: World;
let admin: Holder;
let stranger: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], [...builtInRoles['org-admin'], 'wayleave:self']);
  stranger = await world.people.holder('globex', ['analytics/viewer'], ['read', 'wayleave:self']);
});

async function owner(tokens: number) {
  const user = await world.people.user('acme', ['analytics/viewer'], 'service');
  const holders: Holder[] = [];
  for (let made = 0; made < tokens; made++) holders.push(await world.people.token(user, ['read']));
  return { user, ids: holders.map(({ tokenId }) => tokenId) };
}

const asAdmin = () => world.client(admin.secret);
const idsOf = (body: Record<string, unknown>) => (body['tokens'] as { id: string }[]).map(({ id }) => id);

describe('POST /tokens/expire', () => {
  it('says in a dry run what it would end, and ends exactly that', async () => {
    const { user, ids } = await owner(3);
    const other = await owner(1);
    const dry = await asAdmin().post(path, { user_id: user.id, dry_run: true });
    expect(dry.body).toMatchObject({ more: false, dry_run: true });
    expect(dry.body).not.toHaveProperty('receipt');
    expect(idsOf(dry.body)).toEqual(ids);
    expect((await asAdmin().get(`/api/v1/tokens/${ids[0]}`)).body).toMatchObject({ state: 'active' });
    const done = await asAdmin().post(path, { user_id: user.id });
    expect(done.body).toMatchObject({ more: false, dry_run: false, receipt: { nodes_expected: 1 } });
    expect(idsOf(done.body)).toEqual(ids);
    for (const id of ids)
      expect((await asAdmin().get(`/api/v1/tokens/${id}`)).body).toMatchObject({ state: 'expired' });
    expect((await asAdmin().get(`/api/v1/tokens/${other.ids[0]}`)).body).toMatchObject({ state: 'active' });
    expect(idsOf((await asAdmin().post(path, { user_id: user.id })).body)).toEqual([]);
  });

  it('leaves the token that makes the call, and those of other organisations', async () => {
    const answer = await asAdmin().post(path, { expires_before: '2999-01-01T00:00:00Z', dry_run: true });
    expect(idsOf(answer.body)).not.toContain(admin.tokenId);
    expect(idsOf(answer.body)).not.toContain(stranger.tokenId);
    expectProblem(await asAdmin().post(path, { organization: 'globex', state: 'active' }), 404, 'not_found');
    expectProblem(await asAdmin().post(path, { user_id: stranger.user.id }), 404, 'not_found');
  });

  it('reaches only one’s own tokens without wayleave:tokens:write', async () => {
    const second = await world.people.token(stranger.user, ['read']);
    const answer = await world.client(stranger.secret).post(path, { state: 'active' });
    expect(idsOf(answer.body)).toEqual([second.tokenId]);
    const reader = await world.people.holder('acme', ['wayleave/auditor'], ['wayleave:tokens:read']);
    expectProblem(await world.client(reader.secret).post(path, { state: 'active' }), 403, 'insufficient_scope');
  });

  it.each([
    ['no filter at all', {}],
    ['nothing but a dry run', { dry_run: true }],
    ['an organisation alone', { organization: 'acme' }],
    ['tokens that have ended', { state: 'revoked' }],
  ])('refuses %s', async (_what, body) => {
    expectProblem(await asAdmin().post(path, body), 400, 'validation_failed');
  });
});
