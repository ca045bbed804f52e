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
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

const asAdmin = () => world.client(admin.secret);

describe('adding a user', () => {
  it('makes a person', async () => {
    const { status, body } = await asAdmin().post(path, {
      kind: 'human',
      username: 'grace',
      name: 'Grace',
      email: 'grace@example.com',
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^usr_/) as string,
      organization_id: admin.user.organizationId,
      kind: 'human',
      username: 'grace',
      name: 'Grace',
      email: 'grace@example.com',
      email_verified: false,
      status: 'active',
      access_token_type: 'bearer',
      owner: null,
      purpose: null,
      review: null,
      created_at: expect.stringMatching(/Z$/) as string,
    });
  });

  it('makes a service user with an owner and a purpose', async () => {
    const user = {
      kind: 'service',
      username: 'svc-report',
      name: 'Reports',
      access_token_type: 'jwt',
      owner: admin.user.id,
      purpose: 'Nightly report',
    };
    const { status, body } = await asAdmin().post(path, user);
    expect(status).toBe(201);
    expect(body).toMatchObject(user);
  });

  it('meets a username that is taken with 409 and the id of who has it', async () => {
    const answer = await asAdmin().post(path, { kind: 'service', username: admin.user.username, name: 'X' });
    expectProblem(answer, 409, 'conflict');
    expect(answer.body['existing_id']).toBe(admin.user.id);
  });

  it('takes the same username in another organisation', async () => {
    const other = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
    const user = { kind: 'service', username: admin.user.username, name: 'X' };
    expect((await world.client(other.secret).post('/api/v1/organizations/globex/users', user)).status).toBe(201);
  });

  it('refuses an owner who is no person of the organisation, and an owner or purpose of a person', async () => {
    const stranger = await world.people.user('globex');
    const service = await world.people.user('acme', [], 'service');
    for (const owner of [stranger.id, service.id, 'usr_nobody']) {
      const answer = await asAdmin().post(path, { kind: 'service', username: 'svc-x', name: 'X', owner });
      expectProblem(answer, 400, 'validation_failed');
      expect(answer.body['errors']).toEqual([
        { pointer: '/owner', detail: 'is not an active person of this organisation' },
      ]);
    }
    for (const field of [{ owner: admin.user.id }, { purpose: 'p' }]) {
      expectProblem(
        await asAdmin().post(path, { kind: 'human', username: 'x', name: 'X', ...field }),
        400,
        'validation_failed',
      );
    }
  });

  it('needs wayleave:org:write', async () => {
    const auditor = await world.people.holder('acme', ['wayleave/auditor'], builtInRoles.auditor);
    const answer = await world.client(auditor.secret).post(path, { kind: 'human', username: 'x', name: 'X' });
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['wayleave:org:write']);
    expect((await world.client(auditor.secret).get(path)).status).toBe(200);
  });

  it('keeps hostile text as the text it is', async () => {
    const name = `<img src=x onerror=alert(1)> '; DROP TABLE users; --`;
    const { body } = await asAdmin().post(path, { kind: 'service', username: 'svc-hostile', name });
    expect((await asAdmin().get(`${path}/${String(body['id'])}`)).body['name']).toBe(name);
  });
});

describe('listing users', () => {
  it('finds by kind and by a part of the name in any case, which is taken literally', async () => {
    await asAdmin().post(path, { kind: 'service', username: 'svc-percent', name: '100%_Sure' });
    const found = async (query: string) => {
      const { status, body } = await asAdmin().get(`${path}?${query}`);
      expect(status).toBe(200);
      return (body['items'] as { username: string }[]).map(({ username }) => username);
    };
    expect(await found('search=SVC-PERC')).toEqual(['svc-percent']);
    expect(await found('search=100%25_s')).toEqual(['svc-percent']);
    expect(await found('search=1%25e')).toEqual([]);
    expect(await found('kind=human&search=svc-percent')).toEqual([]);
    expectProblem(await asAdmin().get(`${path}?kind=robot`), 400, 'validation_failed');
    expectProblem(await asAdmin().get(`${path}?search=%00`), 400, 'validation_failed');
  });
});

describe('changing a user', () => {
  it('disables and enables, at once and with a receipt', async () => {
    const holder = await world.people.holder('acme', [], ['wayleave:self']);
    const me = () => world.client(holder.secret).get('/api/v1/me');
    expect((await me()).status).toBe(200);
    const disabled = await asAdmin().patch(`${path}/${holder.user.id}`, { status: 'disabled' });
    expect(disabled.body).toMatchObject({ user: { status: 'disabled' }, receipt: { nodes_confirmed: 1, silent: [] } });
    expectProblem(await me(), 401, 'user_disabled');
    await asAdmin().patch(`${path}/${holder.user.id}`, { status: 'active' });
    expect((await me()).status).toBe(200);
  });

  it('changes and clears what may be empty', async () => {
    const service = await world.people.user('acme', [], 'service');
    const change = { name: 'New', email: 'svc@example.com', owner: admin.user.id, purpose: 'Export' };
    expect((await asAdmin().patch(`${path}/${service.id}`, change)).body).toMatchObject({ user: change });
    const cleared = { email: null, owner: null, purpose: null };
    expect((await asAdmin().patch(`${path}/${service.id}`, cleared)).body).toMatchObject({ user: cleared });
  });

  it.each([
    ['nothing', {}],
    ['a username', { username: 'other' }],
    ['a kind', { kind: 'human' }],
    ['an unknown status', { status: 'gone' }],
    ['an empty name', { name: null }],
  ])('refuses %s', async (_what, change) => {
    expectProblem(await asAdmin().patch(`${path}/${admin.user.id}`, change), 400, 'validation_failed');
  });

  it('leaves the platform its last active admin', async () => {
    const first = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    const asFirst = world.client(first.secret);
    const ofPlatform = '/api/v1/organizations/platform/users';
    const refused = await asFirst.patch(`${ofPlatform}/${first.user.id}`, { status: 'disabled' });
    expectProblem(refused, 409, 'last_platform_admin');
    expect(refused.body['detail']).toContain('last active admin of the platform');
    const second = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    expect((await asFirst.patch(`${ofPlatform}/${second.user.id}`, { status: 'disabled' })).status).toBe(200);
    expectProblem(
      await asFirst.patch(`${ofPlatform}/${first.user.id}`, { status: 'disabled' }),
      409,
      'last_platform_admin',
    );
    expect((await asFirst.get('/api/v1/me')).status).toBe(200);
  });

  it('of one who is not there answers 404', async () => {
    const stranger = await world.people.user('globex');
    for (const id of ['usr_nobody', stranger.id]) {
      expectProblem(await asAdmin().patch(`${path}/${id}`, { name: 'X' }), 404, 'not_found');
      expectProblem(await asAdmin().get(`${path}/${id}`), 404, 'not_found');
    }
  });
});
