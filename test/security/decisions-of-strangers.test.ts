import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PostgresDecisions } from '../../src/decisions/postgres-decisions.ts';
import { expectProblem } from '../admin-api/support/client.ts';
import type { Holder } from '../admin-api/support/people.ts';
import { openWorld, type World } from '../admin-api/support/world.ts';

let world: World;
let admin: Holder;
let platform: Holder;
const hourMs = 3_600_000;
const thisHour = systemClock.now() - (systemClock.now() % hourMs);
const kind = { method: 'GET', host: 'h', path: '/a', route: 'r', outcome: 'allowed', hourMs: thisHour, requests: 2 };

beforeAll(async () => {
  world = await openWorld();
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  const decisions = new PostgresDecisions(world.database, systemClock);
  const batch = {
    id: 'one',
    counts: [
      { ...kind, tokenId: admin.tokenId },
      { ...kind, tokenId: '' },
      { ...kind, tokenId: 'tok_gone' },
    ],
  };
  await decisions.write(batch);
  // A commit that went unheard is tried again.
  await decisions.write(batch);
});

describe('what was decided', () => {
  it('is not for an admin of an organisation, not even of its own tokens', async () => {
    expectProblem(await world.client(admin.secret).get('/api/v1/decisions'), 403, 'insufficient_scope');
  });

  it('is counted once however often a batch is given, and a token that is gone is nobody', async () => {
    const { status, body } = await world.client(platform.secret).get('/api/v1/decisions');
    expect(status).toBe(200);
    const items = body['items'] as { requests: number; token: { id: string } | null }[];
    expect(items.map(({ requests, token }) => [requests, token?.id ?? null])).toEqual([
      [2, null],
      [2, admin.tokenId],
      [2, null],
    ]);
    expect(JSON.stringify(body)).not.toContain(admin.secret);
  });

  it('is there however short a time is asked for, or a reload with --max-flips would look at nothing', async () => {
    for (const since of ['1s', '1m', '59m']) {
      const { body } = await world.client(platform.secret).get(`/api/v1/decisions?since=${since}`);
      expect([since, body['items']]).toEqual([since, expect.objectContaining({ length: 3 })]);
      expect(body['covered_from']).toBe(new Date(thisHour).toISOString());
    }
  });

  it('is handed out page by page, whole and without repeating any', async () => {
    const seen: string[] = [];
    let cursor = '';
    for (let page = 0; page < 5; page++) {
      const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const { body } = await world.client(platform.secret).get(`/api/v1/decisions?limit=1${query}`);
      seen.push(...(body['items'] as { token: { id: string } | null }[]).map(({ token }) => token?.id ?? '-'));
      if (typeof body['next_cursor'] !== 'string') break;
      cursor = body['next_cursor'];
    }
    expect(seen).toEqual(['-', admin.tokenId, '-']);
  });

  it.each([
    'cursor=x',
    'cursor=%00',
    `cursor=${Buffer.from("a\nb\nc\nd\ne\n' OR 1=1").toString('base64url')}`,
    'since=0s',
    'since=15d',
    'since=x',
    'limit=0',
    'limit=1001',
    'other=1',
  ])('answers %s without a fault', async (query) => {
    const { status } = await world.client(platform.secret).get(`/api/v1/decisions?${query}`);
    expect([200, 400]).toContain(status);
  });
});
