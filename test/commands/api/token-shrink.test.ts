import { beforeAll, expect, test } from 'vitest';
import { main } from '../../../src/commands/main.ts';
import { builtInRoles } from '../../../src/core/scope.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { PostgresUsage } from '../../../src/tokens/postgres-usage.ts';
import type { Holder } from '../../admin-api/support/people.ts';
import { openWorld, type World } from '../../admin-api/support/world.ts';
import { memoryIo } from '../memory-io.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let world: World;
let admin: Holder;
let member: Holder;
let stranger: Holder;
let writes = 0;

beforeAll(async () => {
  world = await openWorld();
  const person = await world.people.user('acme', ['wayleave/org-admin', 'analytics/editor']);
  const own = ['wayleave:self', 'device:read', 'device:write', 'read'];
  admin = await world.people.token(person, [...builtInRoles['org-admin'], ...own], 30 * dayMs);
  member = await world.people.holder('acme', [], ['wayleave:self']);
  stranger = await world.people.holder('globex', ['wayleave/org-admin'], builtInRoles['org-admin']);
});

async function wayleave(holder: Holder, ...args: string[]) {
  const env = { WAYLEAVE_SERVER: `http://127.0.0.1:${world.port}`, WAYLEAVE_TOKEN: holder.secret };
  const io = memoryIo({ env, nowMs: systemClock.now() });
  const exit = await main(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

/** A token of a service user of acme with these scopes, for which routes have asked as told. */
async function tokenThat(
  scopes: readonly string[],
  asked: readonly (readonly [scopes: string, daysAgo: number, allowed: number])[],
) {
  const owner = await world.people.user('acme', ['analytics/editor'], 'service');
  const made = await world.people.token(owner, scopes);
  const counts = asked.map(([text, daysAgo, allowed]) => {
    const atMs = systemClock.now() - daysAgo * dayMs;
    return { hourMs: atMs - (atMs % hourMs), route: 'r', scopes: text, allowed, refused: 1 };
  });
  const usage = new PostgresUsage(world.database, systemClock);
  await usage.write({ id: `batch-${writes++}`, tokens: [{ tokenId: made.tokenId, lastUse: undefined, counts }] });
  return { id: made.tokenId, scopes: async () => (await world.deps.stores.tokens.find(made.tokenId))?.scopes };
}

interface Review {
  readonly items: readonly { token_id: string; used: string[]; unused: string[]; uncounted: string[] }[];
}

async function review(holder: Holder, ...args: string[]): Promise<Review['items']> {
  const { exit, out } = await wayleave(holder, 'token', 'review', '--json', '--limit', '200', ...args);
  expect(exit).toBe(0);
  return (JSON.parse(out) as Review).items;
}

test('review says which scopes routes let it through on, refusals and what is too long ago not counted', async () => {
  const token = await tokenThat(
    ['device:read', 'device:write', 'read', 'wayleave:self'],
    [
      ['device:read|admin', 1, 3],
      ['device:write', 1, 0],
      ['read', 50, 2],
    ],
  );
  const find = async (...args: string[]) => (await review(admin, ...args)).find(({ token_id: id }) => id === token.id);
  expect(await find()).toMatchObject({
    used: ['device:read', 'read'],
    unused: ['device:write'],
    uncounted: ['wayleave:self'],
  });
  expect(await find('--unused-for', '7d')).toMatchObject({
    used: ['device:read'],
    unused: ['device:write', 'read'],
  });
});

test('shrink leaves what was used, and undo gives back exactly what was taken, once', async () => {
  const token = await tokenThat(['device:read', 'device:write', 'wayleave:self'], [['device:read', 1, 3]]);
  const shrunk = await wayleave(admin, 'token', 'shrink', token.id, '--to-used');
  expect(shrunk).toMatchObject({ exit: 0, out: '' });
  expect(shrunk.err).toContain('taken: device:write\n');
  expect(await token.scopes()).toEqual(['device:read', 'wayleave:self']);
  expect(await wayleave(admin, 'token', 'shrink', token.id, '--to-used')).toMatchObject({ exit: 1 });
  const undone = await wayleave(admin, 'token', 'shrink', token.id, '--undo');
  expect(undone).toMatchObject({ exit: 0 });
  expect(undone.err).toContain('given back: device:write\n');
  expect(await token.scopes()).toEqual(['device:read', 'device:write', 'wayleave:self']);
  const again = await wayleave(admin, 'token', 'shrink', token.id, '--undo');
  expect(again).toMatchObject({ exit: 1 });
  expect(again.err).toContain('took no scope from it');
});

test('shrink never takes what was used a moment ago, however short a time is asked for', async () => {
  const token = await tokenThat(['device:read', 'device:write'], [['device:read', 0, 1]]);
  expect(await wayleave(admin, 'token', 'shrink', token.id, '--to-used', '--unused-for', '1s')).toMatchObject({
    exit: 0,
  });
  expect(await token.scopes()).toEqual(['device:read']);
});

test('a token that used none of its scopes is not left without any', async () => {
  const token = await tokenThat(['device:read'], []);
  const { exit, err } = await wayleave(admin, 'token', 'shrink', token.id, '--to-used');
  expect(exit).toBe(1);
  expect(err).toContain(`wayleave token expire ${token.id}`);
  expect(await token.scopes()).toEqual(['device:read']);
});

test('undo of a purpose that was changed since still concerns the scopes, and one of scopes that were widened since does not', async () => {
  const token = await tokenThat(['device:read', 'device:write'], [['device:read', 1, 3]]);
  await wayleave(admin, 'token', 'shrink', token.id, '--to-used');
  await wayleave(admin, 'token', 'edit', token.id, '--purpose', 'another');
  expect(await wayleave(admin, 'token', 'shrink', token.id, '--undo')).toMatchObject({ exit: 0 });
  expect(await token.scopes()).toEqual(['device:read', 'device:write']);
});

test('who may not read the usage of the organisation sees the own tokens alone, and nobody sees those of another', async () => {
  const token = await tokenThat(['device:read'], []);
  expect((await review(member)).map(({ token_id: id }) => id)).toEqual([member.tokenId]);
  expect((await review(stranger)).map(({ token_id: id }) => id)).not.toContain(token.id);
  expect(await wayleave(stranger, 'token', 'shrink', token.id, '--to-used')).toMatchObject({ exit: 1 });
  expect(await wayleave(stranger, 'token', 'review', '--org', 'acme')).toMatchObject({ exit: 1 });
});

test.each([[[]], [['--to-used', '--undo']]])('shrink makes no sense with %j', async (args) => {
  expect(await wayleave(admin, 'token', 'shrink', 'tok_1', ...args)).toMatchObject({ exit: 1 });
});
