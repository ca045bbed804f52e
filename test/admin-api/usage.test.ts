import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PostgresUsage } from '../../src/tokens/postgres-usage.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const path = '/api/v1/usage';
const hourMs = 3_600_000;
const thisHour = systemClock.now() - (systemClock.now() % hourMs);
const at = (hoursAgo: number): string => new Date(thisHour - hoursAgo * hourMs).toISOString();

let world: World;
let admin: Holder;
let stranger: Holder;
let platform: Holder;
let member: Holder;

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
  member = await world.people.holder('acme', [], ['wayleave:self']);
  stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  const usage = new PostgresUsage(world.database, systemClock);
  const count = { route: 'devices', scopes: 'device:read', allowed: 5, refused: 2 };
  const countsOf = (hoursAgo: number) => ({ ...count, hourMs: thisHour - hoursAgo * hourMs });
  const lastUse = { atMs: thisHour, address: '192.0.2.1', route: 'devices' };
  await usage.write({
    id: 'one',
    tokens: [
      { tokenId: admin.tokenId, lastUse, counts: [countsOf(0), countsOf(1), countsOf(48)] },
      { tokenId: stranger.tokenId, lastUse: undefined, counts: [countsOf(0)] },
    ],
  });
});

async function hoursOf(holder: Holder, query = ''): Promise<string[]> {
  const answer = await world.client(holder.secret).get(`${path}?${query}`);
  expect(answer).toMatchObject({ status: 200, body: { next_cursor: null } });
  return (answer.body['items'] as { token_id: string; hour: string }[]).map(
    ({ token_id: token, hour }) => `${token} ${hour}`,
  );
}

describe('GET /usage', () => {
  it('counts the requests of the own organisation’s tokens in the last 24 hours', async () => {
    const answer = await world.client(admin.secret).get(path);
    expect(answer.body['items']).toHaveLength(2);
    expect((answer.body['items'] as unknown[])[0]).toEqual({
      hour: at(0),
      token_id: admin.tokenId,
      user_id: admin.user.id,
      organization_id: admin.user.organizationId,
      route: 'devices',
      scopes: 'device:read',
      allowed: 5,
      refused: 2,
    });
    expect(await hoursOf(stranger)).toEqual([`${stranger.tokenId} ${at(0)}`]);
    expect(await hoursOf(platform)).toHaveLength(3);
    expect(await hoursOf(platform, 'organization=globex')).toEqual([`${stranger.tokenId} ${at(0)}`]);
  });

  it('counts by token, user and time', async () => {
    expect(await hoursOf(admin, `token_id=${member.tokenId}`)).toEqual([]);
    expect(await hoursOf(admin, `user_id=${admin.user.id}&from=${at(1)}&to=${at(0)}`)).toEqual([
      `${admin.tokenId} ${at(1)}`,
    ]);
    expect(await hoursOf(admin, `token_id=${admin.tokenId}&from=${at(100)}`)).toHaveLength(3);
    expect(await hoursOf(stranger, `token_id=${admin.tokenId}`)).toEqual([]);
  });

  it('goes on where a page ended', async () => {
    const client = world.client(admin.secret);
    const first = await client.get(`${path}?limit=1`);
    const next = await client.get(`${path}?limit=1&cursor=${String(first.body['next_cursor'])}`);
    expect([first, next].map(({ body }) => (body['items'] as { hour: string }[])[0]?.hour)).toEqual([at(0), at(1)]);
    expect(next.body['next_cursor']).toBeNull();
  });

  it('needs its scope, and knows nothing of other organisations', async () => {
    expectProblem(await world.client(member.secret).get(path), 403, 'insufficient_scope');
    expectProblem(await world.client(admin.secret).get(`${path}?organization=globex`), 404, 'not_found');
    expectProblem(await world.client(admin.secret).get(`${path}?user_id=${stranger.user.id}`), 404, 'not_found');
  });

  it.each(['from=yesterday', 'to=2030-01-01', `from=${at(0)}&to=${at(1)}`, 'cursor=x', 'route=devices', 'limit=0'])(
    'refuses a query that it does not understand: %s',
    async (query) => {
      expectProblem(await world.client(admin.secret).get(`${path}?${query}`), 400, 'validation_failed');
    },
  );
});

describe('the last use of a token', () => {
  it('stands where the token does', async () => {
    const client = world.client(admin.secret);
    const used = { last_used_at: at(0), last_used_address: '192.0.2.1', last_used_route: 'devices' };
    expect((await client.get(`/api/v1/tokens/${admin.tokenId}`)).body).toMatchObject(used);
    expect((await client.get(`/api/v1/tokens/${member.tokenId}`)).body).toMatchObject({
      last_used_at: null,
      last_used_address: null,
      last_used_route: null,
    });
    const { body } = await client.get(`/api/v1/tokens?user_id=${admin.user.id}`);
    expect(body['items']).toMatchObject([used]);
  });

  it('is what unused_for goes by', async () => {
    const client = world.client(admin.secret);
    expect((await client.get('/api/v1/tokens?unused_for=1ms')).body['items']).toHaveLength(2);
    expect((await client.get('/api/v1/tokens?unused_for=90d')).body['items']).toEqual([]);
    expectProblem(await client.get('/api/v1/tokens?unused_for=soon'), 400, 'validation_failed');
    expectProblem(await client.get('/api/v1/tokens?unused_for=999999999d'), 400, 'validation_failed');
  });
});
