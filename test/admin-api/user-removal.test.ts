import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const path = '/api/v1/organizations/acme/users';
let world: World;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], [...builtInRoles['org-admin'], 'wayleave:self']);
});

const asAdmin = () => world.client(admin.secret);

async function auditOf(userId: string): Promise<readonly unknown[]> {
  const rows = await world.database.query(
    (sql) => sql`SELECT action FROM audit_log WHERE target_id = ${userId} ORDER BY seq`,
  );
  return rows.map((row: Readonly<Record<string, unknown>>) => row['action']);
}

describe('deleting a user', () => {
  it('revokes every token of it at once, with a receipt, and ends its roles', async () => {
    const holder = await world.people.holder('acme', ['analytics/viewer'], ['wayleave:self']);
    expect((await world.client(holder.secret).get('/api/v1/me')).status).toBe(200);
    const { status, body } = await asAdmin().delete(`${path}/${holder.user.id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { id: holder.user.id, status: 'disabled' }, receipt: { nodes_confirmed: 1 } });
    expectProblem(await world.client(holder.secret).get('/api/v1/me'), 401, 'token_revoked');
    const grants = await asAdmin().get(`/api/v1/organizations/acme/authorizations?user_id=${holder.user.id}`);
    expect(grants.body['items']).toEqual([]);
    expect(await auditOf(holder.user.id)).toEqual(['user.create', 'user.delete']);
  });

  it('leaves nothing that could be shown, changed, enabled, granted or deleted again', async () => {
    const user = await world.people.user('acme', [], 'service');
    await asAdmin().delete(`${path}/${user.id}`);
    const listed = await asAdmin().get(`${path}?limit=200`);
    expect(JSON.stringify(listed.body)).not.toContain(user.id);
    const grant = { user_id: user.id, project: 'analytics', roles: ['viewer'] };
    for (const answer of [
      await asAdmin().get(`${path}/${user.id}`),
      await asAdmin().patch(`${path}/${user.id}`, { status: 'active' }),
      await asAdmin().delete(`${path}/${user.id}`),
      await asAdmin().post(`${path}/${user.id}/enrolment`),
      await asAdmin().post('/api/v1/organizations/acme/authorizations', grant),
      await asAdmin().post('/api/v1/tokens', { user_id: user.id, name: 'x', scopes: ['read'] }),
    ]) {
      expectProblem(answer, 404, 'not_found');
    }
  });

  it('never gives the username again', async () => {
    const user = await world.people.user('acme', [], 'service');
    await asAdmin().delete(`${path}/${user.id}`);
    const again = await asAdmin().post(path, { kind: 'human', username: user.username, name: 'X' });
    expectProblem(again, 409, 'conflict');
    expect(again.body).toMatchObject({
      existing_id: user.id,
      detail: expect.stringContaining('was deleted') as string,
    });
  });

  it('leaves the platform its last admin, and the user that `wayleave admin-token` uses', async () => {
    const last = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    const asLast = world.client(last.secret);
    const ofPlatform = '/api/v1/organizations/platform/users';
    expectProblem(await asLast.delete(`${ofPlatform}/${last.user.id}`), 409, 'last_platform_admin');
    const root = await asLast.post(ofPlatform, { kind: 'human', username: 'root', name: 'Root' });
    expectProblem(await asLast.delete(`${ofPlatform}/${String(root.body['id'])}`), 409, 'conflict');
  });

  it('and the removal of its role at the same time do not wait for each other', async () => {
    for (let round = 0; round < 10; round++) {
      const person = await world.people.user('acme', ['analytics/viewer']);
      const grants = await world.stores.authorizations.list(person.organizationId, { userId: person.id }, { limit: 1 });
      const answers = await Promise.all([
        asAdmin().delete(`${path}/${person.id}`),
        asAdmin().delete(`/api/v1/organizations/acme/authorizations/${grants.items[0]?.id ?? ''}`),
      ]);
      expect(answers[0].status).toBe(200);
      expect([200, 404]).toContain(answers[1].status);
    }
  });
});

describe('a service user whose owner is gone', () => {
  async function owned(): Promise<{ owner: string; service: Holder }> {
    const owner = await world.people.user('acme');
    const service = await world.people.user('acme', ['analytics/viewer'], 'service');
    expect((await asAdmin().patch(`${path}/${service.id}`, { owner: owner.id })).status).toBe(200);
    return { owner: owner.id, service: await world.people.token(service, ['device:read', 'wayleave:self']) };
  }
  const onReview = async () =>
    (await asAdmin().get(`${path}?review=true&limit=200`)).body['items'] as { id: string; review: unknown }[];
  const works = async ({ secret }: Holder) => (await world.client(secret).get('/api/v1/me')).status;

  it.each([
    ['disabled', 'owner_disabled'],
    ['deleted', 'owner_deleted'],
  ])('when it is %s, keeps its tokens and is listed with the reason', async (how, reason) => {
    const { owner, service } = await owned();
    expect((await onReview()).map(({ id }) => id)).not.toContain(service.user.id);
    if (how === 'deleted') await asAdmin().delete(`${path}/${owner}`);
    else await asAdmin().patch(`${path}/${owner}`, { status: 'disabled' });
    const listed = (await onReview()).find(({ id }) => id === service.user.id);
    expect(listed?.review).toEqual({ reason, since: expect.stringMatching(/Z$/) as string });
    expect(await works(service)).toBe(200);
    expect(await auditOf(service.user.id)).toContain('user.review');
  });

  it('stays listed until another owner is named or an admin confirms it, and both are audited', async () => {
    for (const settle of [{ reviewed: true }, { owner: admin.user.id }]) {
      const { owner, service } = await owned();
      await asAdmin().patch(`${path}/${owner}`, { status: 'disabled' });
      await asAdmin().patch(`${path}/${owner}`, { status: 'active' });
      await asAdmin().patch(`${path}/${service.user.id}`, { purpose: 'something else' });
      await asAdmin().patch(`${path}/${service.user.id}`, { owner: null });
      expect((await onReview()).map(({ id }) => id)).toContain(service.user.id);
      expect((await asAdmin().patch(`${path}/${service.user.id}`, settle)).body).toMatchObject({
        user: { review: null },
      });
      expect((await onReview()).map(({ id }) => id)).not.toContain(service.user.id);
      expect((await auditOf(service.user.id)).filter((action) => action === 'user.review')).toHaveLength(2);
    }
  });

  it('is not given one who is gone as the next owner, nor is a person reviewed', async () => {
    const gone = await world.people.user('acme');
    await asAdmin().patch(`${path}/${gone.id}`, { status: 'disabled' });
    const service = await world.people.user('acme', [], 'service');
    expectProblem(await asAdmin().patch(`${path}/${service.id}`, { owner: gone.id }), 400, 'validation_failed');
    expectProblem(await asAdmin().patch(`${path}/${admin.user.id}`, { reviewed: true }), 400, 'validation_failed');
  });

  it('never slips through when owner and disablement meet', async () => {
    for (let round = 0; round < 10; round++) {
      const owner = await world.people.user('acme');
      const service = await world.people.user('acme', [], 'service');
      const [named] = await Promise.all([
        asAdmin().patch(`${path}/${service.id}`, { owner: owner.id }),
        asAdmin().patch(`${path}/${owner.id}`, { status: 'disabled' }),
      ]);
      const listed = (await onReview()).some(({ id }) => id === service.id);
      expect({ named: named.status === 200, listed }).toEqual({ named: listed, listed });
    }
  });
});
