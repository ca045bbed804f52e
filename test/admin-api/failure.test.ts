import { describe, expect, it } from 'vitest';
import type { AdminStores } from '../../src/admin-api/context.ts';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from './support/client.ts';
import { openWorld } from './support/world.ts';

describe('when the store does not answer', () => {
  it('calls answer 503 with Retry-After, known token or not, and never 401', async () => {
    const world = await openWorld();
    const admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
    const stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
    const client = world.client(admin.secret);
    expect((await client.get('/api/v1/me')).status).toBe(200);
    await world.database.close();
    for (const answer of [
      await client.get('/api/v1/tokens'),
      await client.post('/api/v1/tokens', { name: 'x', scopes: ['wayleave:tokens:read'] }),
      await client.patch('/api/v1/organizations/acme/users/usr_1', { status: 'disabled' }),
      await client.post('/api/v1/tokens/tok_1/revoke'),
      await world.client(stranger.secret).get('/api/v1/me'),
    ]) {
      expectProblem(answer, 503, 'store_unavailable');
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect((await client.get('/api/v1/me')).status).toBe(200);
    expect((await client.get('/healthz')).status).toBe(200);
  });
});

describe('when the gateway fails', () => {
  it('nobody outside learns how, and the log says it under the request id', async () => {
    const fault = 'relation "tokens" does not exist at /srv/secret/path.ts:1';
    const broken = (stores: AdminStores): AdminStores => ({
      ...stores,
      organizations: Object.create(stores.organizations, {
        list: { value: () => Promise.reject(new TypeError(fault)) },
      }) as typeof stores.organizations,
      as: (author) => broken(stores.as(author)),
    });
    const world = await openWorld({ stores: broken });
    const root = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
    const answer = await world.client(root.secret).get('/api/v1/organizations');
    expectProblem(answer, 500, 'internal_error');
    expect(JSON.stringify(answer.body)).not.toMatch(/relation|secret|TypeError/);
    const line = world.log.lines().find(({ level }) => level === 50);
    expect(line).toMatchObject({ request_id: answer.body['request_id'], err: { message: fault } });
  });
});

describe('the log', () => {
  it('has a line for every call, with who, what and how it ended', async () => {
    const world = await openWorld();
    const holder = await world.people.holder('acme', [], ['read']);
    const answer = await world.client(holder.secret).get(`/api/v1/tokens?search=${holder.secret}`);
    expectProblem(answer, 403, 'insufficient_scope');
    await world.client(holder.secret).get(`/api/v1/tokens/${holder.secret}`);
    const [first, second] = world.log.lines().filter(({ msg }) => msg === 'admin request');
    expect(first).toMatchObject({
      request_id: answer.body['request_id'],
      method: 'GET',
      path: '/api/v1/tokens',
      call: '/api/v1/tokens',
      status: 403,
      code: 'insufficient_scope',
      subject: holder.user.id,
      token_id: holder.tokenId,
      remote_address: '127.0.0.1',
    });
    expect(second).toMatchObject({ path: '/api/v1/tokens/wl_pat_***', call: '/api/v1/tokens/:id' });
    expect(world.log.text()).not.toContain(holder.secret.slice(10, 40));
    const metrics = await world.client().get('/metrics');
    expect(metrics.body['text']).toContain('wayleave_admin_requests_total{call="/api/v1/tokens",status="403"} 1');
    expect(metrics.body['text']).not.toContain(holder.secret.slice(10, 40));
  });
});
