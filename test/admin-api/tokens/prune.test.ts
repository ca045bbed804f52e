import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens/prune';
const dayMs = 86_400_000;
let world: World;
let admin: Holder;
let stranger: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], [...builtInRoles['org-admin'], 'wayleave:self']);
  stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

const asAdmin = () => world.client(admin.secret);
const idsOf = (body: Record<string, unknown>) => (body['tokens'] as { id: string }[]).map(({ id }) => id);
const statusOf = async (id: string) => (await asAdmin().get(`/api/v1/tokens/${id}`)).status;

/** A service user with tokens that expired and were revoked long ago, and lately, and one that works. */
async function history() {
  const user = await world.people.user('acme', ['analytics/viewer'], 'service');
  const make = async () => (await world.people.token(user, ['read'])).tokenId;
  const ids = { expired: await make(), revoked: await make(), lately: await make(), active: await make() };
  for (const id of [ids.revoked, ids.lately]) await asAdmin().post(`/api/v1/tokens/${id}/revoke`);
  await asAdmin().post(`/api/v1/tokens/${ids.expired}/expire`);
  const long = new Date(Date.now() - 100 * dayMs);
  await world.database.query((sql) => sql`UPDATE tokens SET revoked_at = ${long} WHERE id = ${ids.revoked}`);
  await world.database.query((sql) => sql`UPDATE tokens SET expires_at = ${long} WHERE id = ${ids.expired}`);
  return { user, ...ids };
}

describe('POST /tokens/prune', () => {
  it('says in a dry run what it would delete, deletes exactly that, and writes it into the audit log', async () => {
    const { user, expired, revoked, lately, active } = await history();
    const wish = { user_id: user.id, ended_for: '90d' };
    const dry = await asAdmin().post(path, { ...wish, dry_run: true });
    expect(dry).toMatchObject({ status: 200, body: { more: false, dry_run: true } });
    expect(idsOf(dry.body)).toEqual([expired, revoked]);
    expect(await statusOf(expired)).toBe(200);
    const done = await asAdmin().post(path, wish);
    expect(done.body).toMatchObject({ more: false, dry_run: false, receipt: { nodes_expected: 1 } });
    expect(idsOf(done.body)).toEqual([expired, revoked]);
    expect(await Promise.all([expired, revoked, lately, active].map(statusOf))).toEqual([404, 404, 200, 200]);
    expect(idsOf((await asAdmin().post(path, wish)).body)).toEqual([]);
    const rows = await world.database.query(
      (
        sql,
      ) => sql`SELECT action, target_id, user_id FROM audit_log WHERE target_id = ANY (${[expired, revoked]}::text[])
        AND action = 'token.delete' ORDER BY target_id`,
    );
    expect(rows.map((row) => [String(row['target_id']), String(row['user_id'])])).toEqual([
      [expired, admin.user.id],
      [revoked, admin.user.id],
    ]);
  });

  it('tells the states apart, and takes every other filter', async () => {
    const { user, expired, revoked } = await history();
    const only = async (filter: object) =>
      idsOf((await asAdmin().post(path, { user_id: user.id, ended_for: '90d', dry_run: true, ...filter })).body);
    expect(await only({ state: 'expired' })).toEqual([expired]);
    expect(await only({ state: 'revoked' })).toEqual([revoked]);
    expect(await only({ search: 'nobody has this' })).toEqual([]);
    expect(await only({ review: true })).toEqual([]);
  });

  it('reaches neither another organisation nor, without wayleave:tokens:write, others than oneself', async () => {
    const { user, expired } = await history();
    const asStranger = world.client(stranger.secret);
    expectProblem(await asStranger.post(path, { user_id: user.id, ended_for: '1d' }), 404, 'not_found');
    expectProblem(await asStranger.post(path, { organization: 'acme', ended_for: '1d' }), 404, 'not_found');
    expect(idsOf((await asStranger.post(path, { ended_for: '1d' })).body)).not.toContain(expired);
    const member = await world.people.holder('acme', [], ['wayleave:self']);
    const gone = await world.people.token(member.user, ['wayleave:self']);
    await asAdmin().post(`/api/v1/tokens/${gone.tokenId}/revoke`);
    expectProblem(
      await world.client(member.secret).post(path, { user_id: user.id, ended_for: '0s' }),
      403,
      'insufficient_scope',
    );
    expect(idsOf((await world.client(member.secret).post(path, { ended_for: '0s' })).body)).toEqual([gone.tokenId]);
    expect(await statusOf(expired)).toBe(200);
  });

  it.each([
    ['no age', { state: 'expired' }],
    ['an age that is none', { ended_for: 'long' }],
    ['tokens that have not ended', { state: 'active', ended_for: '1d' }],
  ])('refuses %s', async (_what, body) => {
    expectProblem(await asAdmin().post(path, body), 400, 'validation_failed');
  });

  it('beside a revocation and another pruning deletes each token once and ends with all gone', async () => {
    const { user, expired, revoked } = await history();
    const wish = { user_id: user.id, ended_for: '90d' };
    const answers = await Promise.all([
      asAdmin().post(path, wish),
      asAdmin().post(path, wish),
      asAdmin().post(`/api/v1/tokens/${expired}/revoke`),
    ]);
    expect(answers[2].status).toBeOneOf([200, 404]);
    // What was revoked in between has not been so for long.
    const left = answers[2].status === 200 ? [404, 200] : [404, 404];
    expect([await statusOf(revoked), await statusOf(expired)]).toSatisfy(
      (got: number[]) => got[0] === 404 && [left[1], 404].includes(got[1]),
    );
    expect(
      answers
        .slice(0, 2)
        .flatMap(({ body }) => idsOf(body))
        .filter((id) => id === revoked),
    ).toHaveLength(1);
  });
});

describe('GET /tokens?review=true', () => {
  it('lists the tokens of service users whose owner is gone, of one’s own organisation alone', async () => {
    const users = '/api/v1/organizations/acme/users';
    const owner = await world.people.user('acme');
    const service = await world.people.user('acme', ['analytics/viewer'], 'service');
    await asAdmin().patch(`${users}/${service.id}`, { owner: owner.id });
    const { tokenId } = await world.people.token(service, ['read']);
    const listed = async (holder: Holder) =>
      ((await world.client(holder.secret).get('/api/v1/tokens?review=true')).body['items'] as { id: string }[]).map(
        ({ id }) => id,
      );
    expect(await listed(admin)).toEqual([]);
    await asAdmin().delete(`${users}/${owner.id}`);
    expect(await listed(admin)).toEqual([tokenId]);
    expect(await listed(stranger)).toEqual([]);
    await asAdmin().patch(`${users}/${service.id}`, { reviewed: true });
    expect(await listed(admin)).toEqual([]);
    expectProblem(await asAdmin().get('/api/v1/tokens?review=perhaps'), 400, 'validation_failed');
  });
});
