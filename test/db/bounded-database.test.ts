import { systemClock } from '../../src/lib/clock.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { BoundedDatabase, type DatabaseLimits } from '../../src/db/bounded-database.ts';
import { connect } from '../../src/db/client.ts';
import { onCleanup } from '../support/cleanup.ts';
import { count } from '../support/counts.ts';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { failureOf, isUnavailable } from './stores.ts';

const limits: DatabaseLimits = { maxConnections: 2, waitersMax: 5, waitMs: 250, runMs: 750 };

interface Opened {
  readonly database: BoundedDatabase;
  /** How many clients have been made so far. */
  readonly clients: () => number;
  readonly outages: boolean[];
}

function open(url: string, other: Partial<DatabaseLimits> = {}): Opened {
  let clients = 0;
  const outages: boolean[] = [];
  const database = new BoundedDatabase({
    clock: systemClock,
    connect(maxConnections) {
      clients++;
      return connect({ url }, { maxConnections, connectTimeoutMs: 2000, statementTimeoutMs: 700 });
    },
    limits: { ...limits, ...other },
    onOutage: (reason) => outages.push(reason !== undefined),
  });
  onCleanup(() => database.close());
  return { database, clients: () => clients, outages };
}

const ask = (database: BoundedDatabase): Promise<unknown> => database.query((sql) => sql`SELECT 1 AS one`);
const sleep = (database: BoundedDatabase, seconds: number): Promise<unknown> =>
  database.query((sql) => sql`SELECT pg_sleep(${seconds})`);
const isBack = (database: BoundedDatabase): Promise<void> =>
  expect.poll(() => database.outage, { timeout: 10_000, interval: 20 }).toBeUndefined();
const isGone = (database: BoundedDatabase): Promise<void> =>
  expect.poll(() => database.outage, { timeout: 10_000, interval: 20 }).toBeInstanceOf(StoreUnavailable);

test('a frozen server fails every call by its deadline, then at once, and is used again when it goes on', async () => {
  const server = await startPostgres();
  const { database, clients, outages } = open(server.url);
  await ask(database);
  server.pause();
  const calls = Array.from({ length: 7 }, () => failureOf(ask(database)));
  // All of them are answered while the server is still frozen.
  for (const failure of await Promise.all(calls)) expect(failure).toBeInstanceOf(StoreUnavailable);
  await isGone(database);
  const made = clients();
  let answered = 0;
  for (let call = 0; call < 1000; call++) void ask(database).catch(() => answered++);
  await new Promise((resolve) => setImmediate(resolve));
  expect([answered, clients()]).toEqual([1000, made]);
  server.resume();
  await isBack(database);
  await Promise.all([ask(database), ask(database), ask(database)]);
  expect(outages).toEqual([true, false]);
});

test('a server that was frozen and then killed is used again once it is started', async () => {
  const server = await startPostgres();
  const { database } = open(server.url);
  await ask(database);
  server.pause();
  expect(await isUnavailable(ask(database))).toBe(true);
  await isGone(database);
  await server.kill();
  expect(await isUnavailable(ask(database))).toBe(true);
  await server.start();
  await isBack(database);
  await ask(database);
});

test('a server killed while transactions are under way fails them, keeps nothing of them, and not the process', async () => {
  const server = await startPostgres();
  const { database } = open(server.url);
  await database.query((sql) => sql`CREATE TABLE halves (kill integer, half integer)`);
  for (let kill = 0; kill < count(5, 100); kill++) {
    const halves = [0, 1, 2].map((part) =>
      database.transaction(async (sql) => {
        await sql`INSERT INTO halves VALUES (${kill}, 1)`;
        if (part > 0) await sql`SELECT pg_sleep(0.1)`;
        await sql`INSERT INTO halves VALUES (${kill}, 2)`;
      }),
    );
    const failures = halves.map(failureOf);
    await delay((kill * 7) % 100);
    await server.kill();
    for (const failure of await Promise.all(failures)) if (failure) expect(failure).toBeInstanceOf(StoreUnavailable);
    await server.start();
    await expect.poll(() => failureOf(ask(database)), { timeout: 10_000 }).toBeUndefined();
  }
  const torn = await database.query(
    (sql) => sql`SELECT kill FROM halves GROUP BY kill HAVING count(*) FILTER (WHERE half = 1) <> count(*) / 2.0`,
  );
  expect(torn).toEqual([]);
});

test('beyond the bound on waiters a call is refused at once; the others have their turn', async () => {
  const { url } = await freshDatabase();
  const { database, outages } = open(url, { waitMs: 700 });
  await Promise.all([ask(database), ask(database)]);
  const busy = [sleep(database, 0.3), sleep(database, 0.3)];
  const waiting = Array.from({ length: limits.waitersMax }, () => ask(database));
  let refused = 0;
  for (let call = 0; call < 50; call++) void ask(database).catch(() => refused++);
  await new Promise((resolve) => setImmediate(resolve));
  expect(refused).toBe(50);
  await Promise.all([...busy, ...waiting]);
  expect(outages).toEqual([]);
});

test('a call whose turn does not come is refused, and the ones before it are not disturbed', async () => {
  const { url } = await freshDatabase();
  const { database } = open(url);
  const busy = [sleep(database, 0.5), sleep(database, 0.5)];
  expect(await isUnavailable(ask(database))).toBe(true);
  await Promise.all(busy);
  await ask(database);
});

test('an answer that came while the program was busy with something else is read, although its time is over', async () => {
  const { url } = await freshDatabase();
  const { database, outages } = open(url);
  // The statement is known to the connection by then.
  for (let call = 0; call < 2; call++) await sleep(database, 0.1);
  const answer = sleep(database, 0.1);
  await delay(30);
  // Behind the reading of sockets in a turn of the event loop, so that the deadline is looked at before them.
  await new Promise((resolve) => setImmediate(resolve));
  for (const until = performance.now() + limits.runMs + 200; performance.now() < until;);
  expect(await failureOf(answer)).toBeUndefined();
  expect(outages).toEqual([]);
});

test('a statement that takes too long is ended by the server, and nobody else notices', async () => {
  const { url } = await freshDatabase();
  const { database, outages } = open(url);
  const slow = failureOf(sleep(database, 30));
  const others = Promise.all(Array.from({ length: 5 }, () => ask(database)));
  expect(await slow).toBeInstanceOf(StoreUnavailable);
  await others;
  const running = await database.query(
    (sql) =>
      sql`SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND state = 'active'`,
  );
  expect([...running, ...outages]).toEqual([]);
});

test('a transaction that has run out of time is not committed afterwards', async () => {
  const { url } = await freshDatabase();
  const { database } = open(url);
  await database.query((sql) => sql`CREATE TABLE written (n integer)`);
  let ended: (() => void) | undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  const late = database.transaction(async (sql) => {
    await sql`INSERT INTO written VALUES (1)`;
    // Three statements that are each quick enough for the server.
    for (let pause = 0; pause < 3; pause++) await sql`SELECT pg_sleep(0.3)`;
    ended?.();
  });
  expect(await isUnavailable(late)).toBe(true);
  await end;
  const rows = (): Promise<unknown> => database.query((sql) => sql`SELECT n FROM written`);
  expect(await rows()).toHaveLength(0);
  await expect
    .poll(() => database.query((sql) => sql`SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`))
    .toHaveLength(0);
  expect(await rows()).toHaveLength(0);
});

test('a connection that the server ends costs one call and no outage', async () => {
  const { url } = await freshDatabase();
  const { database, outages } = open(url);
  const ended = failureOf(sleep(database, 0.5));
  await delay(100);
  await database.query(
    (sql) => sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  expect(await ended).toBeInstanceOf(StoreUnavailable);
  await ask(database);
  expect(outages).toEqual([]);
});

test('a faulty statement is the program’s fault and not an outage', async () => {
  const { url } = await freshDatabase();
  const { database } = open(url);
  expect(await failureOf(database.query((sql) => sql`SELECT * FROM nothing_of_that_name`))).toMatchObject({
    code: '42P01',
  });
  const undone = database.transaction(async (sql) => {
    await sql`CREATE TABLE undone (n integer)`;
    throw new Error('no');
  });
  expect(await failureOf(undone)).toMatchObject({ message: 'no' });
  expect(await failureOf(database.query((sql) => sql`SELECT * FROM undone`))).toMatchObject({ code: '42P01' });
});

test('an outage leaves no sockets behind', async () => {
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  const server = await startPostgres();
  const before = sockets();
  const { database } = open(server.url);
  await ask(database);
  server.pause();
  await failureOf(ask(database));
  await isGone(database);
  // Long enough for several probes.
  await delay(count(3000, 30_000));
  expect(sockets() - before).toBeLessThanOrEqual(2 * limits.maxConnections + 2);
  server.resume();
  await isBack(database);
  await expect.poll(() => sockets() - before, { timeout: 5000 }).toBeLessThanOrEqual(limits.maxConnections);
});

test('a database with a frozen server can be closed', async () => {
  const server = await startPostgres();
  const { database } = open(server.url);
  await ask(database);
  server.pause();
  const call = failureOf(ask(database));
  await database.close();
  expect(await call).toBeInstanceOf(StoreUnavailable);
  expect(await isUnavailable(ask(database))).toBe(true);
  server.resume();
});
