import { beforeAll, expect, it } from 'vitest';
import { writePlace } from '../../src/lib/keyset.ts';
import type { Holder } from '../admin-api/support/people.ts';
import { openWorld, type World } from '../admin-api/support/world.ts';

const anId = `tok_${'0'.repeat(26)}`;
const places = {
  expires_at: ['999999999999999', '-999999999999999', 'infinity', '-infinity', 'x', ''],
  last_used_at: ['999999999999999', '-999999999999999', 'infinity', '-infinity'],
  name: ['', '\u{fffd}', "' OR true --", 'x'.repeat(500)],
  created_at: ['', 'x'],
} as const;

let world: World;
let reader: Holder;
let foreign: Holder;

beforeAll(async () => {
  world = await openWorld();
  const user = await world.people.user('acme', ['wayleave/auditor']);
  reader = await world.people.token(user, ['wayleave:tokens:read']);
  for (let made = 0; made < 2; made++) await world.people.token(user, []);
  foreign = await world.people.holder('globex', [], []);
});

it.each(Object.entries(places))(
  'a cursor made up for %s shows no more than the list, and breaks nothing',
  async (sort, keys) => {
    const client = world.client(reader.secret);
    for (const direction of ['', '-']) {
      const path = `/api/v1/tokens?limit=1&sort=${direction}${sort}`;
      const seal = String((await client.get(path)).body['next_cursor']).split('.')[0];
      for (const key of keys) {
        for (const id of [anId, foreign.tokenId]) {
          const { status, body } = await client.get(`${path}&cursor=${seal}.${writePlace(['0', key, id])}`);
          expect({ sort, key, status }).toEqual({ sort, key, status: 200 });
          expect(JSON.stringify(body)).not.toContain(foreign.user.id);
        }
      }
    }
  },
);
