import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const path = '/api/v1/organizations/acme/authorizations';
const ofPlatform = '/api/v1/organizations/platform/authorizations';
let world: World;
let admin: Holder;
let platform: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
});

const asAdmin = () => world.client(admin.secret);
const asPlatform = () => world.client(platform.secret);
const scopesOf = async (holder: Holder): Promise<unknown> =>
  (await world.client(holder.secret).get('/api/v1/me')).body['scopes'];

describe('granting roles', () => {
  it('takes effect at once, and so does taking them away', async () => {
    const holder = await world.people.holder('acme', [], ['read', 'device:write']);
    expect(await scopesOf(holder)).toEqual([]);
    const granted = await asAdmin().post(path, {
      user_id: holder.user.id,
      project: 'analytics',
      roles: ['editor', 'editor'],
    });
    expect(granted.status).toBe(201);
    expect(granted.body).toEqual({
      id: expect.stringMatching(/^aut_/) as string,
      organization_id: admin.user.organizationId,
      user_id: holder.user.id,
      project: 'analytics',
      roles: ['editor'],
      dangling: false,
      dangling_roles: [],
      created_at: expect.stringMatching(/Z$/) as string,
    });
    expect(await scopesOf(holder)).toEqual(['read', 'device:write']);
    const removed = await asAdmin().delete(`${path}/${String(granted.body['id'])}`);
    expect(removed.body).toMatchObject({ authorization: { id: granted.body['id'] }, receipt: { nodes_confirmed: 1 } });
    expect(await scopesOf(holder)).toEqual([]);
    expectProblem(await asAdmin().delete(`${path}/${String(granted.body['id'])}`), 404, 'not_found');
  });

  it('of one project happens once for a user; the second meets 409 and the id of the first', async () => {
    const user = await world.people.user('acme');
    const grant = { user_id: user.id, project: 'analytics', roles: ['viewer'] };
    const { body } = await asAdmin().post(path, grant);
    const again = await asAdmin().post(path, { ...grant, roles: ['editor'] });
    expectProblem(again, 409, 'conflict');
    expect(again.body['existing_id']).toBe(body['id']);
  });

  it.each([
    ['an unknown project', { project: 'billing', roles: ['viewer'] }, '/project'],
    ['an unknown role', { project: 'analytics', roles: ['viewer', 'owner'] }, '/roles/1'],
    ['a scope in place of a role', { project: 'analytics', roles: ['device:read'] }, '/roles/0'],
    ['no roles', { project: 'analytics', roles: [] }, '/roles'],
  ])('refuses %s', async (_what, grant, pointer) => {
    const answer = await asAdmin().post(path, { user_id: admin.user.id, ...grant });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toMatchObject([{ pointer }]);
  });

  it('to a user of another organisation, or to nobody, answers 404', async () => {
    const stranger = await world.people.user('globex');
    for (const userId of [stranger.id, 'usr_nobody']) {
      const answer = await asAdmin().post(path, { user_id: userId, project: 'analytics', roles: ['viewer'] });
      expectProblem(answer, 404, 'not_found');
    }
  });

  it('of wayleave goes up to org-admin; platform-admin is for admins of the platform, in platform', async () => {
    const user = await world.people.user('acme');
    const grant = { user_id: user.id, project: 'wayleave', roles: ['platform-admin'] };
    expectProblem(await asAdmin().post(path, grant), 403, 'grant_denied');
    expectProblem(await asPlatform().post(path, grant), 400, 'validation_failed');
    expect((await asAdmin().post(path, { ...grant, roles: ['org-admin', 'auditor'] })).status).toBe(201);
    const root = await world.people.user('platform');
    expect((await asPlatform().post(ofPlatform, { ...grant, user_id: root.id })).status).toBe(201);
    await asPlatform().patch(`/api/v1/organizations/platform/users/${root.id}`, { status: 'disabled' });
  });
});

describe('taking roles away', () => {
  it('from the last admin of the platform is refused, and by an org admin of platform too', async () => {
    const { body } = await asPlatform().get(`${ofPlatform}?user_id=${platform.user.id}`);
    const [own] = body['items'] as { id: string }[];
    expectProblem(await asPlatform().delete(`${ofPlatform}/${own?.id ?? ''}`), 409, 'last_platform_admin');
    const lesser = await world.people.holder('platform', ['wayleave/org-admin'], builtInRoles['org-admin']);
    expectProblem(await world.client(lesser.secret).delete(`${ofPlatform}/${own?.id ?? ''}`), 403, 'grant_denied');
    expect((await asPlatform().get('/api/v1/organizations')).status).toBe(200);
  });

  it('leaves one of two admins who take each other’s role at the same time', async () => {
    const pair = await Promise.all(
      [1, 2].map(() => world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin'])),
    );
    const authorizations = await Promise.all(
      [platform, ...pair].map(async ({ user }) => {
        const { body } = await asPlatform().get(`${ofPlatform}?user_id=${user.id}`);
        return (body['items'] as { id: string }[])[0]?.id ?? '';
      }),
    );
    const answers = await Promise.all(authorizations.map((id) => asPlatform().delete(`${ofPlatform}/${id}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses).not.toEqual([200, 200, 200]);
    const left = await world.database.query(
      (sql) => sql`SELECT 1 FROM authorizations WHERE 'platform-admin' = ANY (roles)
      AND organization_id = ${platform.user.organizationId} AND user_id IN (SELECT id FROM users WHERE status = 'active')`,
    );
    expect(left.length).toBeGreaterThanOrEqual(1);
  });
});

describe('listing authorizations', () => {
  it('shows those of the organisation, or of one user', async () => {
    const user = await world.people.user('acme', ['analytics/viewer', 'wayleave/auditor']);
    const { body } = await asAdmin().get(`${path}?user_id=${user.id}`);
    expect((body['items'] as { project: string }[]).map(({ project }) => project).toSorted()).toEqual([
      'analytics',
      'wayleave',
    ]);
    const all = await asAdmin().get(`${path}?limit=200`);
    expect(
      (all.body['items'] as { organization_id: string }[]).every(
        (item) => item.organization_id === admin.user.organizationId,
      ),
    ).toBe(true);
  });
});

describe('a role that gateway.yaml no longer has', () => {
  it('is shown as dangling, and what it was granted beside stays in force', async () => {
    const holder = await world.people.holder('acme', ['analytics/viewer', 'analytics/gone', 'former/admin'], ['read']);
    const { body } = await asAdmin().get(`${path}?user_id=${holder.user.id}`);
    expect(body['items']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ project: 'analytics', dangling: true, dangling_roles: ['gone'] }),
        expect.objectContaining({ project: 'former', dangling: true, dangling_roles: ['admin'] }),
      ]),
    );
    expect(await scopesOf(holder)).toEqual(['read']);
  });
});

describe('projects', () => {
  it('are listed with their roles and what these give, to any token', async () => {
    const holder = await world.people.holder('acme', [], ['read']);
    const { status, body } = await world.client(holder.secret).get('/api/v1/projects?search=ANALY');
    expect(status).toBe(200);
    expect(body).toMatchObject({ items: [{ id: 'analytics', name: 'Analytics' }], next_cursor: null });
    const [project] = body['items'] as { roles: unknown[] }[];
    expect(project?.roles).toContainEqual({ id: 'editor', scopes: ['read', 'device:read', 'device:write'] });
    const all = await world.client(holder.secret).get('/api/v1/projects');
    expect((all.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(['analytics', 'wayleave']);
  });
});

describe('me', () => {
  it('says who the caller is and what the token may do now', async () => {
    const holder = await world.people.holder(
      'acme',
      ['analytics/viewer'],
      ['read', 'device:read', 'admin', 'wayleave:self'],
    );
    const { body } = await world.client(holder.secret).get('/api/v1/me');
    expect(body).toEqual({
      subject: { id: holder.user.id, username: holder.user.username, email: null, kind: 'human' },
      actor: null,
      organization: { id: holder.user.organizationId, slug: 'acme' },
      scopes: ['read', 'device:read', 'wayleave:self'],
      roles: ['analytics/viewer'],
      granted_roles: ['analytics/viewer'],
      token: { id: holder.tokenId, kind: 'pat' },
      expires_at: expect.stringMatching(/Z$/) as string,
      platform: false,
      assumption: null,
      session: null,
    });
  });
});
