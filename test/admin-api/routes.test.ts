import { beforeAll, describe, expect, it } from 'vitest';
import { routeViews } from '../../src/core/route-view.ts';
import { expectProblem } from './support/client.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});

describe('GET /routes', () => {
  it('tells anybody who is signed in what `wayleave routes --json` tells, and which file and revision it is', async () => {
    const member = await world.people.holder('acme', [], ['wayleave:self']);
    const { file, revision, routes } = world.deps.currentConfig();
    expect(await world.client(member.secret).get('/api/v1/routes')).toMatchObject({
      status: 200,
      body: {
        items: JSON.parse(JSON.stringify(routeViews(routes))) as unknown,
        next_cursor: null,
        file,
        revision,
      },
    });
  });

  it('tells nobody else', async () => {
    expectProblem(await world.client().get('/api/v1/routes'), 401, 'token_missing');
  });
});
