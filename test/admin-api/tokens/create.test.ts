import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { hashToken, parseToken, type RawToken } from '../../../src/core/token.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens';
const dayMs = 86_400_000;
let world: World;
/** An org admin whose token also holds what it hands on. */
let admin: Holder;
let serviceId: string;

beforeAll(async () => {
  world = await openWorld();
  const adminScopes = [...builtInRoles['org-admin'], ...builtInRoles.member, 'read', 'device:read'];
  admin = await world.people.holder('acme', ['wayleave/org-admin', 'analytics/super'], adminScopes);
  serviceId = (await world.people.user('acme', ['analytics/editor'], 'service')).id;
});

const asAdmin = () => world.client(admin.secret);
const expiryOf = (answer: { body: Record<string, unknown> }): number =>
  Date.parse(String((answer.body['token'] as Record<string, unknown>)['expires_at']));

describe('POST /tokens', () => {
  it('makes a token of a service user that works at once, and shows its secret this once', async () => {
    const input = {
      user_id: serviceId,
      name: 'nightly',
      purpose: 'Export',
      scopes: ['device:read', 'device:read', 'read'],
      lifetime: '12h',
    };
    const answer = await asAdmin().post(path, input);
    expect(answer.status).toBe(201);
    const secret = String(answer.body['secret']);
    expect(parseToken(secret, ['wl'])).toMatchObject({ kind: 'pat' });
    expect(answer.body['token']).toEqual({
      id: expect.stringMatching(/^tok_/) as string,
      kind: 'pat',
      organization_id: admin.user.organizationId,
      user_id: serviceId,
      username: expect.stringMatching(/^service-/) as string,
      name: 'nightly',
      purpose: 'Export',
      scopes: ['device:read', 'read'],
      state: 'active',
      last_four: secret.slice(-4),
      created_at: expect.stringMatching(/Z$/) as string,
      created_by: admin.user.id,
      changed_at: expect.stringMatching(/Z$/) as string,
      changed_by: admin.user.id,
      expires_at: expect.stringMatching(/Z$/) as string,
      usable_until: (answer.body['token'] as { expires_at: string }).expires_at,
      allowed_ips: [],
      rotation: null,
      parent_id: null,
      last_used_at: null,
      last_used_address: null,
      last_used_route: null,
    });
    const me = await world.client(secret).get('/api/v1/me');
    expect(me.body).toMatchObject({ subject: { id: serviceId, kind: 'service' }, scopes: ['device:read', 'read'] });
    const { id } = answer.body['token'] as { id: string };
    const shown = JSON.stringify([await asAdmin().get(`${path}/${id}`), await asAdmin().get(path)]);
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(secret.slice(10, 40));
    expect(shown).not.toContain(hashToken(secret as RawToken));
    expect(world.log.text()).not.toContain(secret.slice(10, 40));
  });

  it('makes a token of oneself when no user is named, with wayleave:self alone', async () => {
    const holder = await world.people.holder('acme', ['analytics/viewer'], ['wayleave:self', 'read']);
    const client = world.client(holder.secret);
    const answer = await client.post(path, { name: 'mine', scopes: ['read'] });
    expect(answer.status).toBe(201);
    expect(answer.body['token']).toMatchObject({ user_id: holder.user.id });
    expect((await client.post(path, { user_id: holder.user.id, name: 'mine too', scopes: ['read'] })).status).toBe(201);
    const another = await client.post(path, { user_id: serviceId, name: 'x', scopes: ['read'] });
    expectProblem(another, 403, 'insufficient_scope');
    expect(another.body['missing_scopes']).toEqual(['wayleave:tokens:write']);
  });

  it('needs wayleave:self or wayleave:tokens:write', async () => {
    const holder = await world.people.holder('acme', ['analytics/viewer'], ['read']);
    expectProblem(
      await world.client(holder.secret).post(path, { name: 'x', scopes: ['read'] }),
      403,
      'insufficient_scope',
    );
  });

  it('makes nobody a token of another person, not even for admins of the platform', async () => {
    const person = await world.people.user('acme', ['analytics/viewer']);
    const root = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    for (const client of [asAdmin(), world.client(root.secret)]) {
      const answer = await client.post(path, { user_id: person.id, name: 'theirs', scopes: ['wayleave:self'] });
      expectProblem(answer, 403, 'kind_denied');
      expect(answer.body['detail']).toContain('nobody makes a token of another person');
    }
  });

  it('serves admins of the platform for the service users of any organisation', async () => {
    const root = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    const answer = await world
      .client(root.secret)
      .post(path, { user_id: serviceId, name: 'by root', scopes: ['wayleave:self'] });
    expect(answer.status).toBe(201);
  });

  it('answers 404 for a user of another organisation, as for nobody', async () => {
    const stranger = await world.people.user('globex', ['analytics/viewer'], 'service');
    const details = [];
    for (const id of [stranger.id, 'usr_nobody']) {
      const answer = await asAdmin().post(path, { user_id: id, name: 'x', scopes: ['read'] });
      expectProblem(answer, 404, 'not_found');
      details.push(String(answer.body['detail']).replace(id, ''));
    }
    expect(details[0]).toBe(details[1]);
  });

  it('says what is not in the catalogue', async () => {
    const answer = await asAdmin().post(path, { user_id: serviceId, name: 'x', scopes: ['read', 'device:*'] });
    expectProblem(answer, 400, 'unknown_scope');
    expect(answer.body['errors']).toMatchObject([{ pointer: '/scopes/1' }]);
  });

  it('gives no scope that the owner’s roles do not give', async () => {
    const viewer = await world.people.user('acme', ['analytics/viewer'], 'service');
    const holder = await world.people.holder(
      'acme',
      ['wayleave/org-admin', 'analytics/super'],
      ['wayleave:tokens:write', 'admin'],
    );
    const answer = await world.client(holder.secret).post(path, { user_id: viewer.id, name: 'x', scopes: ['admin'] });
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['admin']);
    expect(answer.body['detail']).toMatch(/^No role of the owner ".*" gives admin; grant one that does first\.$/);
  });

  it('gives no scope that the token making the call does not hold itself, though its owner’s roles would', async () => {
    const answer = await asAdmin().post(path, { user_id: serviceId, name: 'x', scopes: ['device:write'] });
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['device:write']);
    expect(answer.body['detail']).toContain('The token that makes this call does not hold device:write');
  });

  it('gives a lost role’s scopes no more, although the token that makes the call still names them', async () => {
    const holder = await world.people.holder('acme', ['wayleave/org-admin'], ['wayleave:tokens:write', 'device:write']);
    const answer = await world
      .client(holder.secret)
      .post(path, { user_id: serviceId, name: 'x', scopes: ['device:write'] });
    expectProblem(answer, 403, 'insufficient_scope');
  });

  it('has the default lifetime, or what is left of the token that makes the call', async () => {
    const before = world.deps.clock.now();
    const holder = await world.people.token(admin.user, ['wayleave:tokens:write', 'read'], 90 * dayMs);
    const byDefault = await world
      .client(holder.secret)
      .post(path, { user_id: serviceId, name: 'default', scopes: ['read'] });
    expect(expiryOf(byDefault)).toBeGreaterThanOrEqual(before + 30 * dayMs);
    expect(expiryOf(byDefault)).toBeLessThanOrEqual(world.deps.clock.now() + 30 * dayMs);
    const short = await asAdmin().post(path, { user_id: serviceId, name: 'short', scopes: ['read'] });
    const callers = await world.stores.tokens.find(admin.tokenId);
    expect(expiryOf(short)).toBe(callers?.expiresAt);
  });

  it.each([
    ['a past instant', { expires_at: '2020-01-01T00:00:00Z' }, '/expires_at'],
    ['a lifetime beyond the maximum', { lifetime: '366d' }, '/lifetime'],
    ['an expiry beyond the token that makes the call', { lifetime: '2d' }, '/lifetime'],
    ['a date without a time', { expires_at: '2999-01-01' }, '/expires_at'],
    ['a date that does not exist', { expires_at: '2031-02-30T00:00:00Z' }, '/expires_at'],
    ['a date beyond what the store can hold', { expires_at: '9999999-01-01' }, '/expires_at'],
    ['a number of seconds', { lifetime: 3600 }, '/lifetime'],
    ['a negative lifetime', { lifetime: '-1d' }, '/lifetime'],
    ['a lifetime of nothing', { lifetime: '0s' }, '/lifetime'],
    ['a lifetime without a unit', { lifetime: '90' }, '/lifetime'],
    ['never', { expires_at: null }, '/expires_at'],
    ['both', { expires_at: '2999-01-01T00:00:00Z', lifetime: '1d' }, '/lifetime'],
    ['no scopes', { scopes: [] }, '/scopes'],
    ['scopes as a text', { scopes: 'read' }, '/scopes'],
    ['an empty scope', { scopes: ['read', ''] }, '/scopes/1'],
    ['no name', { name: undefined }, '/name'],
    ['a long name', { name: 'a'.repeat(101) }, '/name'],
    ['an address that is none', { allowed_ips: ['10.0.0.0/8', '10.0.0.256'] }, '/allowed_ips/1'],
    ['a block with bits behind it', { allowed_ips: ['10.0.0.1/8'] }, '/allowed_ips/0'],
    ['too many addresses', { allowed_ips: Array.from({ length: 65 }, (_, at) => `10.0.0.${at}`) }, '/allowed_ips'],
    ['no end, where the policy has a longest lifetime', { expires_at: null }, '/expires_at'],
    ['an id of its own', { id: 'tok_1' }, '/id'],
    ['a foreign creator', { created_by: 'usr_1' }, '/created_by'],
  ])('refuses %s', async (_what, given, pointer) => {
    const answer = await asAdmin().post(path, { user_id: serviceId, name: 'refused', scopes: ['read'], ...given });
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toMatchObject([{ pointer }]);
  });

  it('meets a name that the owner has in use with 409 and its id; another owner may have it', async () => {
    const input = { user_id: serviceId, name: 'same', scopes: ['read'] };
    const { body } = await asAdmin().post(path, input);
    const { id } = body['token'] as { id: string };
    const again = await asAdmin().post(path, input);
    expectProblem(again, 409, 'conflict');
    expect(again.body['existing_id']).toBe(id);
    expect((await asAdmin().post(path, { name: 'same', scopes: ['read'] })).status).toBe(201);
    await asAdmin().post(`${path}/${id}/revoke`);
    expect((await asAdmin().post(path, input)).status).toBe(201);
  });

  it('makes none for a disabled service user', async () => {
    const service = await world.people.user('acme', ['analytics/viewer'], 'service');
    await asAdmin().patch(`/api/v1/organizations/acme/users/${service.id}`, { status: 'disabled' });
    expectProblem(await asAdmin().post(path, { user_id: service.id, name: 'x', scopes: ['read'] }), 409, 'conflict');
  });
});
