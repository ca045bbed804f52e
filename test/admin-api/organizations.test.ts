import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const path = '/api/v1/organizations';
let world: World;
let platform: Holder;
let orgAdmin: Holder;

beforeAll(async () => {
  world = await openWorld();
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  orgAdmin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

const asPlatform = () => world.client(platform.secret);
const asOrgAdmin = () => world.client(orgAdmin.secret);

describe('creating an organisation', () => {
  it('answers 201 with the organisation, which is then found by id and by slug', async () => {
    const created = await asPlatform().post(path, { slug: 'initech', name: 'Initech' });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^org_/) as string,
      slug: 'initech',
      name: 'Initech',
      status: 'active',
      created_at: expect.stringMatching(/^20.*Z$/) as string,
    });
    for (const reference of [String(created.body['id']), 'initech']) {
      expect((await asPlatform().get(`${path}/${reference}`)).body).toEqual(created.body);
    }
  });

  it('meets a slug that is taken with 409 and the id of what has it', async () => {
    const { body } = await asPlatform().post(path, { slug: 'twice', name: 'Once' });
    const again = await asPlatform().post(path, { slug: 'twice', name: 'Twice' });
    expectProblem(again, 409, 'conflict');
    expect(again.body['existing_id']).toBe(body['id']);
  });

  it.each([
    ['a slug with capitals', { slug: 'Acme', name: 'A' }, '/slug'],
    ['a slug like an id', { slug: 'org_x', name: 'A' }, '/slug'],
    ['no name', { slug: 'a' }, '/name'],
    ['a name of controls', { slug: 'a', name: 'a\u0007' }, '/name'],
    ['an unknown field', { slug: 'a', name: 'A', status: 'active' }, '/status'],
  ])('refuses %s', async (_what, body, pointer) => {
    const answer = await asPlatform().post(path, body);
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toMatchObject([{ pointer }]);
  });

  it('is for admins of the platform alone', async () => {
    const answer = await asOrgAdmin().post(path, { slug: 'mine', name: 'Mine' });
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['wayleave:platform']);
    expect(answer.headers.get('www-authenticate')).toContain('error="insufficient_scope", scope="wayleave:platform"');
  });

  it('is not for platform-admin of any other organisation than platform', async () => {
    const pretender = await world.people.holder('acme', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    const answer = await world.client(pretender.secret).post(path, { slug: 'mine', name: 'Mine' });
    expectProblem(answer, 403, 'insufficient_scope');
  });
});

describe('listing organisations', () => {
  it('shows admins of the platform all of them, in pages', async () => {
    await Promise.all(['p1', 'p2', 'p3'].map((slug) => world.people.organization(slug)));
    const seen: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await asPlatform().get(`${path}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.status).toBe(200);
      const items = page.body['items'] as { slug: string }[];
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items.map(({ slug }) => slug));
      cursor = page.body['next_cursor'] as string | null;
    }
    expect(seen).toEqual(expect.arrayContaining(['platform', 'acme', 'p1', 'p2', 'p3']));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('shows everybody else their own', async () => {
    const { body } = await asOrgAdmin().get(path);
    expect(body).toMatchObject({ items: [{ slug: 'acme' }], next_cursor: null });
  });

  it.each([
    'limit=0',
    'limit=-1',
    'limit=201',
    'limit=1e1',
    'limit=x',
    'limit=1&limit=2',
    'cursor=x',
    'cursor=',
    'page=1',
  ])('refuses ?%s', async (query) => {
    expectProblem(await asPlatform().get(`${path}?${query}`), 400, 'validation_failed');
  });
});

describe('changing an organisation', () => {
  it('suspends and resumes it, at once and with a receipt', async () => {
    const holder = await world.people.holder('fleeting', [], ['wayleave:self']);
    const me = () => world.client(holder.secret).get('/api/v1/me');
    expect((await me()).status).toBe(200);
    const suspended = await asPlatform().patch(`${path}/fleeting`, { status: 'suspended' });
    expect(suspended.status).toBe(200);
    expect(suspended.body).toMatchObject({
      organization: { slug: 'fleeting', status: 'suspended' },
      receipt: { nodes_expected: 1, nodes_confirmed: 1, silent: [], bound_seconds: 62 },
    });
    expect((suspended.body['receipt'] as { milliseconds: number }).milliseconds).toBeGreaterThan(0);
    expectProblem(await me(), 401, 'organization_suspended');
    await asPlatform().patch(`${path}/fleeting`, { status: 'active' });
    expect((await me()).status).toBe(200);
  });

  it('renames it', async () => {
    await world.people.organization('renamed');
    const answer = await asPlatform().patch(`${path}/renamed`, { name: 'New name' });
    expect(answer.body).toMatchObject({ organization: { slug: 'renamed', name: 'New name', status: 'active' } });
  });

  it('suspends neither platform nor one’s own', async () => {
    expectProblem(await asPlatform().patch(`${path}/platform`, { status: 'suspended' }), 409, 'own_organization');
    expect((await asPlatform().get(`${path}/platform`)).body).toMatchObject({ status: 'active' });
  });

  it('refuses an empty change and unknown fields', async () => {
    expectProblem(await asPlatform().patch(`${path}/acme`, {}), 400, 'validation_failed');
    expectProblem(await asPlatform().patch(`${path}/acme`, { slug: 'other' }), 400, 'validation_failed');
  });

  it('is not for org admins, whose own organisation answers 403 and any other 404', async () => {
    expectProblem(await asOrgAdmin().patch(`${path}/acme`, { name: 'Mine' }), 403, 'insufficient_scope');
    expectProblem(await asOrgAdmin().patch(`${path}/platform`, { name: 'Mine' }), 404, 'not_found');
    expectProblem(await asOrgAdmin().patch(`${path}/nothing`, { name: 'Mine' }), 404, 'not_found');
  });

  it('of what does not exist answers 404, whatever the reference is made of', async () => {
    for (const reference of [
      'nothing',
      'org_nothing',
      '%00',
      'a%2Fb',
      '..%2f..%2fetc',
      "x'%20or%20'1'='1",
      'a'.repeat(200),
    ]) {
      expectProblem(await asPlatform().patch(`${path}/${reference}`, { name: 'X' }), 404, 'not_found');
    }
  });
});
