import { once } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { join } from 'node:path';
import postgres from 'postgres';
import { beforeAll, expect, test } from 'vitest';
import { EmbeddedBackend } from '../../src/db/embedded-backend.ts';
import { openStore } from '../../src/db/store.ts';
import { onCleanup } from '../support/cleanup.ts';
import { count } from '../support/counts.ts';
import { emptyDataDir } from '../support/empty-data-dir.ts';

// Making the first embedded store of a test run takes its time.
beforeAll(emptyDataDir);

async function openSocket(): Promise<{ socketPath: string; client: () => postgres.Sql }> {
  const dataDir = await emptyDataDir();
  const store = await openStore({ dataDir }, { role: 'serve' });
  onCleanup(() => store.close());
  const socketPath = join(dataDir, 'store.sock');
  const client = (): postgres.Sql => {
    const sql = postgres({
      path: socketPath,
      user: 'postgres',
      database: 'postgres',
      max: 1,
      prepare: false,
      fetch_types: false,
    });
    onCleanup(() => sql.end({ timeout: 1 }));
    return sql;
  };
  return { socketPath, client };
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A client that has said hello and nothing more. */
async function rawClient(socketPath: string): Promise<Socket> {
  const socket = connectSocket(socketPath);
  socket.on('error', () => undefined);
  const hello = Buffer.from('\0\0\0\0\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1');
  hello.writeInt32BE(hello.length);
  socket.write(hello);
  await once(socket, 'data');
  return socket;
}

test('no client of the embedded store ever gets rows of another one’s statement', async () => {
  const { client } = await openSocket();
  const big = 'x'.repeat(200_000);
  const turns = Array.from({ length: count(100, 2000) }, (_, turn) => turn);
  const small = client();
  const large = client();
  const transactions = client();
  const answers = await Promise.all([
    ...turns.map((turn) => small`SELECT ${turn}::integer AS value`),
    // Comes in several pieces, between which others would have room.
    ...turns.map((turn) => large`SELECT ${turn}::integer AS value, length(${big}::text) AS length`),
    ...turns.map((turn) =>
      transactions.begin((sql) => sql`SELECT ${turn}::integer AS value, ${turn}::integer AS twice`),
    ),
  ]);
  expect(answers.map((rows) => Number(rows[0]?.['value']))).toEqual([...turns, ...turns, ...turns]);
});

test.each([
  ['a statement half said', [message('P', Buffer.from('\0SELECT 1\0\0\0')), message('H', Buffer.alloc(0))]],
  [
    'a faulty statement half said',
    [message('P', Buffer.from('\0SELEC nonsense\0\0\0')), message('H', Buffer.alloc(0))],
  ],
  ['an open transaction', [message('Q', Buffer.from('BEGIN; CREATE TABLE halfway (n integer)\0'))]],
])('a client that leaves with %s leaves the store to the others', async (_, messages) => {
  const { socketPath, client } = await openSocket();
  const leaving = await rawClient(socketPath);
  leaving.write(Buffer.concat(messages));
  await once(leaving, 'data');
  const other = client();
  const answer = other`SELECT to_regclass('halfway') AS halfway`;
  leaving.destroy();
  expect(await answer).toEqual([{ halfway: null }]);
});

test('when the back end itself fails, its thread is told', async () => {
  const reasons: unknown[] = [];
  const backend = new EmbeddedBackend(join(await emptyDataDir(), 'pgdata'), (reason) => reasons.push(reason));
  await backend.waitReady;
  await backend.close();
  const asked = backend.execProtocolRawStream(message('Q', Buffer.from('SELECT 1\0')), { onRawData: () => undefined });
  await expect(asked).rejects.toBeInstanceOf(Error);
  expect(reasons).toHaveLength(1);
});
