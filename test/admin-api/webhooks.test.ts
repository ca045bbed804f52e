import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PostgresDeliveryQueue } from '../../src/webhooks/postgres-delivery-queue.ts';
import { PostgresOutbox } from '../../src/webhooks/postgres-outbox.ts';
import { eventOf, targetOf } from '../webhooks/sending-node.ts';
import { expectProblem } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

const path = '/api/v1/webhooks/deliveries';

let world: World;
let platform: Holder;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  platform = await world.people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  admin = await world.people.holder('acme', ['wayleave/org-admin'], builtInRoles['org-admin']);
  const targets = ['one', 'two'].map((name) => targetOf({ url: 'http://127.0.0.1:9/secret-path' }, { name }));
  const outbox = new PostgresOutbox({ database: world.database, targets, clock: systemClock });
  const acme = await world.stores.organizations.find('acme');
  await outbox.notify(eventOf(acme?.id ?? ''));
  const queue = new PostgresDeliveryQueue(world.database);
  const [claimed] = await queue.claim('two', 1, 1000);
  if (claimed === undefined) throw new Error('nothing is due');
  await queue.settle(claimed, { kind: 'dead', status: 410, reason: 'answered 410' });
});

describe('GET /webhooks/deliveries', () => {
  it('lists what each target was told, without URLs, keys and what was said', async () => {
    const answer = await world.client(platform.secret).get(`${path}?target=two`);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            type: 'token.expiring',
            target: 'two',
            state: 'dead',
            attempts: 1,
            next_attempt_at: null,
            last_status: 410,
            last_error: 'answered 410',
          },
        ],
        next_cursor: null,
      },
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/secret-path|whsec_|days/);
  });

  it('pages, and filters by state', async () => {
    const client = world.client(platform.secret);
    const first = await client.get(`${path}?limit=1`);
    const second = await client.get(`${path}?limit=1&cursor=${String(first.body['next_cursor'])}`);
    const targets = [first, second].map(({ body }) => (body['items'] as { target: string }[])[0]?.target);
    expect(new Set(targets)).toEqual(new Set(['one', 'two']));
    expect(second.body['next_cursor']).toBeNull();
    expect((await client.get(`${path}?state=pending`)).body['items']).toMatchObject([{ target: 'one', attempts: 0 }]);
    expectProblem(await client.get(`${path}?state=lost`), 400, 'validation_failed');
  });

  it('is for admins of the platform alone', async () => {
    expectProblem(await world.client(admin.secret).get(path), 403, 'insufficient_scope');
  });
});
