import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens';
let world: World;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  const scopes = [...builtInRoles['org-admin'], 'read', 'device:read'];
  admin = await world.people.holder('acme', ['wayleave/org-admin', 'analytics/super'], scopes);
});

const asAdmin = () => world.client(admin.secret);

async function service(...scopes: string[]): Promise<Holder> {
  const user = await world.people.user('acme', ['analytics/editor'], 'service');
  return world.people.token(user, scopes, 3_600_000);
}

const scopesOf = async (holder: Holder): Promise<unknown> =>
  (await world.client(holder.secret).get('/api/v1/me')).body['scopes'];

describe('PATCH /tokens/{id}', () => {
  it('changes the scopes at once, with the same secret and a receipt', async () => {
    const holder = await service('read', 'device:write');
    expect(await scopesOf(holder)).toEqual(['read', 'device:write']);
    const answer = await asAdmin().patch(`${path}/${holder.tokenId}`, { scopes: ['device:read'], purpose: 'Less' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      token: { scopes: ['device:read'], purpose: 'Less', changed_by: admin.user.id },
      receipt: { nodes_expected: 1, nodes_confirmed: 1, silent: [] },
    });
    expect(await scopesOf(holder)).toEqual(['device:read']);
  });

  it('takes scopes away that the caller’s token does not hold, and gives none back', async () => {
    const holder = await service('device:write', 'read');
    expect((await asAdmin().patch(`${path}/${holder.tokenId}`, { scopes: ['device:write'] })).status).toBe(200);
    expect((await asAdmin().patch(`${path}/${holder.tokenId}`, { scopes: ['read'] })).status).toBe(200);
    const back = await asAdmin().patch(`${path}/${holder.tokenId}`, { scopes: ['read', 'device:write'] });
    expectProblem(back, 403, 'insufficient_scope');
    expect(back.body['missing_scopes']).toEqual(['device:write']);
  });

  it('lets a token edit itself only to lose scopes', async () => {
    const holder = await world.people.holder('acme', ['analytics/editor'], ['wayleave:self', 'read', 'device:read']);
    const client = world.client(holder.secret);
    expect((await client.patch(`${path}/${holder.tokenId}`, { scopes: ['wayleave:self', 'read'] })).status).toBe(200);
    const wider = await client.patch(`${path}/${holder.tokenId}`, { scopes: ['wayleave:self', 'read', 'device:read'] });
    expectProblem(wider, 403, 'insufficient_scope');
    expect((await client.patch(`${path}/${holder.tokenId}`, { scopes: ['read'] })).status).toBe(200);
    expectProblem(await client.patch(`${path}/${holder.tokenId}`, { scopes: ['read'] }), 403, 'insufficient_scope');
  });

  it('gives a token that ends later than the caller’s no more scopes', async () => {
    const long = await world.people.token(admin.user, ['read'], 10 * 86_400_000);
    const answer = await asAdmin().patch(`${path}/${long.tokenId}`, { scopes: ['read', 'device:read'] });
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['detail']).toContain('outlives');
  });

  it.each([
    ['nothing', {}, 400, 'validation_failed'],
    ['a name', { name: 'x' }, 400, 'validation_failed'],
    ['an expiry', { expires_at: '2031-01-01T00:00:00Z' }, 400, 'validation_failed'],
    ['no scopes', { scopes: [] }, 400, 'validation_failed'],
    ['an unknown scope', { scopes: ['nothing'] }, 400, 'unknown_scope'],
    ['a scope beyond the owner’s roles', { scopes: ['super-admin'] }, 403, 'insufficient_scope'],
  ])('refuses %s', async (_what, change, status, code) => {
    const holder = await service('read');
    expectProblem(await asAdmin().patch(`${path}/${holder.tokenId}`, change), status, code);
    expect(await scopesOf(holder)).toEqual(['read']);
  });

  it('changes no token that has ended', async () => {
    for (const action of ['expire', 'revoke']) {
      const holder = await service('read', 'device:read');
      await asAdmin().post(`${path}/${holder.tokenId}/${action}`);
      expectProblem(await asAdmin().patch(`${path}/${holder.tokenId}`, { scopes: ['read'] }), 409, 'conflict');
    }
  });
});

describe('ending a token', () => {
  it.each([
    ['POST', '/expire', 'expired', 'token_expired'],
    ['POST', '/disable', 'disabled', 'token_disabled'],
    ['POST', '/revoke', 'revoked', 'token_revoked'],
    ['DELETE', '', 'revoked', 'token_revoked'],
  ])(
    'by %s %s takes effect at once, answers with a receipt, and may be repeated',
    async (method, action, state, code) => {
      const holder = await service('read');
      expect(await scopesOf(holder)).toEqual(['read']);
      const url = `${path}/${holder.tokenId}${action}`;
      const answer = await asAdmin().call(method, url);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ token: { id: holder.tokenId, state }, receipt: { nodes_confirmed: 1 } });
      expectProblem(await world.client(holder.secret).get('/api/v1/me'), 401, code);
      const again = await asAdmin().call(method, url);
      if (method === 'DELETE') expectProblem(again, 404, 'not_found');
      else expect(again.body).toMatchObject({ token: { state } });
      const listed = await asAdmin().get(`${path}?user_id=${holder.user.id}`);
      expect(listed.body['items']).toHaveLength(method === 'DELETE' ? 0 : 1);
    },
  );

  it('a disabled token counts again once it is enabled', async () => {
    const holder = await service('read');
    await asAdmin().post(`${path}/${holder.tokenId}/disable`);
    const enabled = await asAdmin().post(`${path}/${holder.tokenId}/enable`);
    expect(enabled.body).toMatchObject({ token: { state: 'active' } });
    expect(await scopesOf(holder)).toEqual(['read']);
  });

  it.each([
    ['revoke', 'enable', 'is revoked, and that is final'],
    ['expire', 'enable', 'has expired'],
    ['revoke', 'disable', 'is revoked'],
    ['expire', 'disable', 'has expired'],
    ['revoke', 'expire', 'is revoked'],
  ])('after %s it is no longer possible to %s', async (first, second, reason) => {
    const holder = await service('read');
    await asAdmin().post(`${path}/${holder.tokenId}/${first}`);
    const answer = await asAdmin().post(`${path}/${holder.tokenId}/${second}`);
    expectProblem(answer, 409, 'conflict');
    expect(answer.body['detail']).toContain(reason);
  });

  it('is for the owner with wayleave:self and for wayleave:tokens:write, and for nobody else', async () => {
    const owner = await world.people.holder('acme', [], ['wayleave:self']);
    const spare = await world.people.token(owner.user, ['wayleave:self']);
    const auditor = await world.people.holder('acme', ['wayleave/auditor'], ['wayleave:self', ...builtInRoles.auditor]);
    const colleague = await world.people.holder('acme', [], ['wayleave:self']);
    const url = `${path}/${spare.tokenId}/revoke`;
    const readable = await world.client(auditor.secret).post(url);
    expectProblem(readable, 403, 'insufficient_scope');
    expect(readable.body['missing_scopes']).toEqual(['wayleave:tokens:write']);
    expectProblem(await world.client(colleague.secret).post(url), 404, 'not_found');
    expect((await world.client(owner.secret).post(url)).status).toBe(200);
    expect((await world.client(owner.secret).delete(`${path}/${owner.tokenId}`)).status).toBe(200);
    expectProblem(await world.client(owner.secret).get('/api/v1/me'), 401, 'token_revoked');
  });

  it('of ids that are none answers 404 or 400, never more', async () => {
    for (const id of ['tok_nothing', 'tok_1%00', '..%2f..%2fusers%2fu1', "tok_1'--", '%E0%A4%A']) {
      const { status } = await asAdmin().delete(`${path}/${id}`);
      expect([400, 404]).toContain(status);
    }
  });
});
