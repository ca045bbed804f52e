import { beforeAll, expect, it } from 'vitest';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let reader: Holder;
let robot: Holder;

beforeAll(async () => {
  world = await openWorld();
  reader = await world.people.holder('acme', ['wayleave/auditor'], ['wayleave:tokens:read', 'wayleave:usage:read']);
  robot = await world.people.token(await world.people.user('acme', ['analytics/viewer'], 'service'), ['read']);
});

const overviewOf = async (holder: Holder) =>
  (await world.client(holder.secret).get('/api/v1/organizations/acme/overview')).body;

it('an overview counts the tokens of its organisation by state, and those of no other', async () => {
  const before = await overviewOf(reader);
  const states = { expire: 'expired', disable: 'disabled', revoke: 'revoked' } as const;
  for (const action of ['expire', 'disable', 'revoke'] as const) {
    const { tokenId } = await world.people.token(robot.user, ['read'], 20 * 86_400_000);
    await world.stores.tokens.act(tokenId, action, robot.user.id);
    await world.people.holder('globex', [], ['read']);
    const { tokens } = (await overviewOf(reader)) as { tokens: Record<string, unknown> };
    expect(tokens[states[action]]).toEqual({ count: 1, more: false });
    expect(tokens['active']).toEqual((before['tokens'] as Record<string, unknown>)['active']);
  }
  await world.people.token(robot.user, ['read'], 20 * 86_400_000);
  expect(await overviewOf(reader)).toMatchObject({
    tokens: { active: { count: 3, more: false } },
    expiring: { within_7_days: { count: 2, more: false }, within_30_days: { count: 3, more: false } },
  });
});

it('an overview has every one of the last 24 hours, and their requests for whom may read usage alone', async () => {
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  await world.database.query(
    (sql) => sql`
      INSERT INTO usage_hours (hour, token_id, route, scopes, allowed, refused)
      VALUES (${hour}, ${robot.tokenId}, 'a', 'read', 3, 1), (${hour}, ${robot.tokenId}, 'b', 'read', 2, 0)`,
  );
  const { requests } = (await overviewOf(reader)) as { requests: { hour: string; allowed: number; refused: number }[] };
  expect(requests).toHaveLength(24);
  expect(requests.at(-1)).toEqual({ hour: hour.toISOString(), allowed: 5, refused: 1 });
  expect(requests.slice(0, -1).every(({ allowed, refused }) => allowed + refused === 0)).toBe(true);
  const narrow = await world.people.token(reader.user, ['wayleave:tokens:read']);
  expect((await overviewOf(narrow))['requests']).toBeNull();
  const other = await world.people.holder('globex', ['wayleave/auditor'], ['wayleave:tokens:read']);
  expectProblem(await world.client(other.secret).get('/api/v1/organizations/acme/overview'), 404, 'not_found');
});

it('the settings tell what whoever makes a token needs to know', async () => {
  const { body } = await world.client(robot.secret).get('/api/v1/settings');
  const names = (body['scopes'] as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['read', 'device:read', 'wayleave:self']));
  expect(body).toMatchObject({
    everybodys_scopes: ['wayleave:self', 'wayleave:assume'],
    tokens: { prefix: 'wl', default_lifetime_seconds: 30 * 86_400 },
    proxy_url: expect.stringMatching(/^https?:\/\//) as string,
  });
});
