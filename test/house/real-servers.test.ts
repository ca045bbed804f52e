import { once } from 'node:events';
import { connect } from 'node:net';
import postgres from 'postgres';
import { afterEach, describe, expect, test } from 'vitest';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { sharedRedis, startRedis } from '../support/redis.ts';

const open: postgres.Sql[] = [];

function connectTo(url: string): postgres.Sql {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => undefined });
  open.push(sql);
  return sql;
}

async function askRedis(url: string, command: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), new URL(url).hostname);
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().trim();
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sql) => sql.end({ timeout: 1 })));
});

describe('the Postgres of the tests', () => {
  test('gives every caller an empty database of its own', async () => {
    const [one, other] = [await freshDatabase(), await freshDatabase()];
    await connectTo(one.url)`CREATE TABLE things (id int)`;
    const [row] = await connectTo(other.url)`SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'`;
    expect(row).toEqual({ tables: 0 });
  });

  test('is as strict as a real one: it syncs, and asks for its password', async () => {
    const { url } = await startPostgres();
    const [row] = await connectTo(
      url,
    )`SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit`;
    expect(row).toEqual({ fsync: 'on', commit: 'on' });
    const wrong = new URL(url);
    wrong.password = 'guessed';
    await expect(connectTo(wrong.href)`SELECT 1`).rejects.toThrow(/password authentication failed/);
  });

  test('has after kill -9 what was committed before, at the same address', async () => {
    const server = await startPostgres();
    const before = connectTo(server.url);
    await before`CREATE TABLE things (id int)`;
    await before`INSERT INTO things VALUES (1)`;
    const firstPid = server.pid;
    await server.kill();
    await expect(before`SELECT 1`).rejects.toThrow(/CONNECTION_|ECONN|EPIPE/);
    await server.start();
    expect(server.pid).not.toBe(firstPid);
    expect(await connectTo(server.url)`SELECT id FROM things`).toEqual([{ id: 1 }]);
  });

  test('answers nothing while it is paused, and goes on afterwards', async () => {
    const server = await startPostgres();
    const sql = connectTo(server.url);
    await sql`SELECT 1`;
    server.pause();
    const answer = sql`SELECT 2 AS two`.execute();
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 300, 'silence'))]);
    expect(first).toBe('silence');
    server.resume();
    expect(await answer).toEqual([{ two: 2 }]);
  });
});

describe('the Redis of the tests', () => {
  test('is shared under prefixes that differ', async () => {
    const [one, other] = [await sharedRedis(), await sharedRedis()];
    expect(one.url).toBe(other.url);
    expect(one.keyPrefix).not.toBe(other.keyPrefix);
    expect(await askRedis(one.url, 'PING')).toBe('+PONG');
  });

  test('comes back empty at the same address after kill -9', async () => {
    const server = await startRedis();
    expect(await askRedis(server.url, 'SET key value')).toBe('+OK');
    await server.kill();
    await server.start();
    expect(await askRedis(server.url, 'EXISTS key')).toBe(':0');
  });
});
