import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { openStore, type StoreLocation } from '../../src/db/store.ts';
import { ensureMember } from '../../src/directory/bootstrap.ts';
import { newToken, openNode } from '../tokens/fixture.ts';

// Says which tokens a store has, and then creates tokens until it is killed, saying of each when it is done.
const location = JSON.parse(process.argv[2] ?? '') as StoreLocation;
const store = await openStore(location, { role: 'serve' });
const node = openNode(store);
const { user } = await patiently(() =>
  ensureMember(node, {
    organization: { slug: 'one', name: 'One' },
    user: { username: 'maker', name: 'Maker' },
    roles: {},
  }),
);
const rows = await patiently(() =>
  store.data.query((sql) => sql`SELECT t.name FROM tokens t JOIN token_secrets s ON s.token_id = t.id`),
);
const names = rows.map((row) => String(row['name']));
process.stdout.write(`${JSON.stringify(names)}\n`);
let number = names.length;
for (;;) {
  // Another name each time: a call that was given up may have had its effect.
  const name = await patiently(async () => {
    const next = `${process.pid}-${number++}`;
    await newToken(node, user.id, { name: next });
    return next;
  });
  process.stdout.write(`${name}\n`);
}

/** Does something again for as long as the store is busy, which promises nothing. */
async function patiently<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await delay(20);
    }
  }
}
