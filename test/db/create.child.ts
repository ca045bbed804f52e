import { openStore, type StoreLocation } from '../../src/db/store.ts';
import { ensureMember } from '../../src/directory/bootstrap.ts';
import { newToken, openNode } from '../tokens/fixture.ts';

// Says which tokens a store has, and then creates tokens until it is killed, saying of each when it is done.
const location = JSON.parse(process.argv[2] ?? '') as StoreLocation;
const store = await openStore(location, { role: 'serve' });
const node = openNode(store);
const { user } = await ensureMember(node, {
  organization: { slug: 'one', name: 'One' },
  user: { username: 'maker', name: 'Maker' },
  roles: {},
});
const rows = await store.data.query(
  (sql) => sql`SELECT t.name FROM tokens t JOIN token_secrets s ON s.token_id = t.id`,
);
const names = rows.map((row) => String(row['name']));
process.stdout.write(`${JSON.stringify(names)}\n`);
for (let number = names.length; ; number++) {
  const name = `${process.pid}-${number}`;
  await newToken(node, user.id, { name });
  process.stdout.write(`${name}\n`);
}
