import { expect, test } from 'vitest';
import { connect } from '../../src/db/client.ts';
import { openStore, withStore } from '../../src/db/store.ts';
import { migrationStatus } from '../../src/db/migrate.ts';
import { onCleanup } from '../support/cleanup.ts';
import { freePort } from '../support/free-port.ts';
import { freshDatabase } from '../support/postgres.ts';
import { answerCalls, type Wire } from '../support/wire.ts';
import { failureOf } from './stores.ts';

/** Why a store at this address cannot be opened. */
async function refusalOf(url: string): Promise<string> {
  const refusal = await failureOf(openStore({ url }, { role: 'serve' }));
  expect(refusal).toMatchObject({ name: 'StoreSetupError' });
  return String(refusal);
}

test.each(['', 'localhost', 'mysql://u:secret@h/db', 'postgres://u:secret@h:port/db', 'postgres//u:secret@h/db'])(
  'what is no address of a Postgres is refused without showing it: %s',
  async (url) => {
    const refusal = await refusalOf(url);
    expect(refusal).toContain('store.postgres (DATABASE_URL) is not the address of a Postgres');
    expect(refusal).not.toContain('secret');
  },
);

test('a Postgres that is not there is named, without the password', async () => {
  const port = await freePort();
  const refusal = await refusalOf(`postgres://someone:secret@127.0.0.1:${port}/some`);
  expect(refusal).toContain(`someone@127.0.0.1:${port}/some, cannot be used: connect ECONNREFUSED`);
  expect(refusal).not.toContain('secret');
});

test.concurrent.each<[string, (wire: Wire) => unknown]>([
  ['hangs up', (wire) => wire.socket.end()],
  ['speaks HTTP', (wire) => wire.send('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n').socket.end()],
  ['is silent', () => undefined],
])('what takes connections but %s is named within the time for connecting', async (_, act) => {
  const { port } = await answerCalls((wire) => void act(wire));
  const refusal = await refusalOf(`postgres://someone:secret@127.0.0.1:${port}/some`);
  expect(refusal).toContain(`someone@127.0.0.1:${port}/some, cannot be used: `);
  expect(refusal).toContain('correct the address');
  expect(refusal).not.toContain('secret@');
});

test('a wrong password and a wrong database are said as such', async () => {
  const { url } = await freshDatabase();
  const stranger = new URL(url);
  stranger.password = 'not-the-secret';
  const refusal = await refusalOf(stranger.href);
  expect(refusal).toContain('password authentication failed');
  expect(refusal).not.toContain('not-the-secret');
  const elsewhere = new URL(url);
  elsewhere.pathname = '/nowhere';
  expect(await refusalOf(elsewhere.href)).toContain('database "nowhere" does not exist');
});

test('of several hosts the one that is there is used', async () => {
  const { url } = await freshDatabase();
  const nobody = await freePort();
  const { host } = new URL(url);
  const store = await openStore({ url: url.replace(host, `127.0.0.1:${nobody},${host}`) }, { role: 'serve' });
  onCleanup(() => store.close());
  expect(await store.data.query((sql) => sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
});

test('the data plane and the admin API do not wait for each other’s connections', async () => {
  const store = await openStore(await freshDatabase(), { role: 'serve' });
  onCleanup(() => store.close());
  const busy = Array.from({ length: 10 }, () => store.admin.query((sql) => sql`SELECT pg_sleep(0.5)`));
  expect(await store.data.query((sql) => sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
  await Promise.all(busy);
});

test('looking at the migrations of a store changes nothing in it', async () => {
  const location = await freshDatabase();
  expect(await withStore(location, (sql) => migrationStatus(sql))).toMatchObject({ applied: [] });
  const sql = connect(location, { maxConnections: 1, connectTimeoutMs: 5000, statementTimeoutMs: 0 });
  onCleanup(() => sql.end());
  expect(await sql`SELECT to_regclass('tokens') AS tokens`).toEqual([{ tokens: null }]);
});
