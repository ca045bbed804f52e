import { systemClock } from '../../src/lib/clock.ts';
import { expect, test } from 'vitest';
import { StoreUnavailable } from '../../src/core/store-unavailable.ts';
import { BoundedDatabase } from '../../src/db/bounded-database.ts';
import { connect } from '../../src/db/client.ts';
import { onCleanup } from '../support/cleanup.ts';
import { freshDatabase } from '../support/postgres.ts';
import { failureOf } from './stores.ts';

test('a server that answers probes while every call hangs is not waited for again and again', async () => {
  const { url } = await freshDatabase();
  const database = new BoundedDatabase({
    clock: systemClock,
    connect: (maxConnections) => connect({ url }, { maxConnections, connectTimeoutMs: 2000, statementTimeoutMs: 100 }),
    limits: { maxConnections: 5, waitersMax: 5, waitMs: 250, runMs: 150 },
  });
  onCleanup(() => database.close());
  await database.query((sql) => sql`CREATE TABLE held (n integer)`);
  const holder = connect({ url }, { maxConnections: 1, connectTimeoutMs: 2000, statementTimeoutMs: 0 });
  onCleanup(() => holder.end({ timeout: 0 }));
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const holding = await new Promise<{ done: Promise<void> }>((resolve) => {
    const done = holder.begin(async (sql) => {
      await sql`LOCK TABLE held`;
      resolve({ done });
      await released;
    });
  });
  const ask = (): Promise<unknown> => failureOf(database.query((sql) => sql`SELECT n FROM held`));
  for (const failure of await Promise.all([ask(), ask(), ask(), ask(), ask()])) {
    expect(failure).toBeInstanceOf(StoreUnavailable);
  }
  expect(database.outage).toBeUndefined();
  expect(await ask()).toMatchObject({
    message: expect.stringContaining('calls of the database have failed') as string,
  });
  release();
  await holding.done;
  await expect.poll(ask, { timeout: 5000, interval: 50 }).toBeUndefined();
});
