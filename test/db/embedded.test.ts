import { chmod, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openStore, type Store, type StoreOptions } from '../../src/db/store.ts';
import { onCleanup } from '../support/cleanup.ts';
import { copyEmptyStore, emptyDataDir } from '../support/empty-data-dir.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startChild } from './child.ts';
import { failureOf } from './stores.ts';

// Making the first embedded store of a test run takes its time.
beforeAll(emptyDataDir);

async function open(dataDir: string, role: StoreOptions['role'] = 'serve'): Promise<Store> {
  const store = await openStore({ dataDir }, { role });
  onCleanup(() => store.close());
  return store;
}

async function addOrganization(store: Store, slug: string): Promise<void> {
  await store.data.query(
    (sql) => sql`INSERT INTO organizations (id, slug, name, created_at, changed_at)
      VALUES (${`org_${slug}`}, ${slug}, ${slug}, now(), now())`,
  );
}

const slugs = async (store: Store): Promise<string[]> => {
  const rows = await store.data.query((sql) => sql`SELECT slug FROM organizations ORDER BY slug`);
  return rows.map((row) => String(row['slug']));
};

const lockFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.lock'));

/** Leaves the lock of a process as it would be found. */
async function leaveLock(directory: string, holder: Record<string, unknown>): Promise<string> {
  const path = join(directory, 'store.0123456789ab.lock');
  const whole = {
    pid: process.pid,
    processStart: '',
    role: 'serve',
    socketPath: join(directory, 'store.sock'),
    ...holder,
  };
  await writeFile(path, JSON.stringify(whole));
  return path;
}

async function hostOfThisProcess(): Promise<string> {
  const directory = await emptyDataDir();
  const store = await openStore({ dataDir: directory }, { role: 'serve' });
  const [name] = await lockFiles(directory);
  const holder = JSON.parse(await readFile(join(directory, name ?? ''), 'utf8')) as { host: string };
  await store.close();
  return holder.host;
}

test('a second serve is refused with the directory, the process and the way out', async () => {
  const directory = await emptyDataDir();
  const first = startChild('hold', { dataDir: directory });
  expect(await first.line()).toBe('open');
  const refusal = await failureOf(openStore({ dataDir: directory }, { role: 'serve' }));
  expect(refusal).toMatchObject({
    name: 'StoreSetupError',
    message: `The data directory ${directory} is in use by wayleave serve (process ${first.pid}), and the embedded store belongs to one process. Stop that one, or name another directory as store.data_dir here; for several nodes set DATABASE_URL.`,
  });
});

test('the same process cannot open a directory twice either', async () => {
  const directory = await emptyDataDir();
  await open(directory);
  expect(await failureOf(openStore({ dataDir: directory }, { role: 'serve' }))).toMatchObject({
    name: 'StoreSetupError',
  });
});

test('of several serves that start at once exactly one opens the store', async () => {
  const directory = await emptyDataDir();
  const children = Array.from({ length: 3 }, () => startChild('hold', { dataDir: directory }));
  const said = await Promise.all(children.map((child) => child.line()));
  expect(said.filter((line) => line === 'open')).toHaveLength(1);
  expect(said.filter((line) => line.startsWith('refused The data directory'))).toHaveLength(2);
});

test('commands work beside a running serve, on the same data, and leave it running', async () => {
  const directory = await emptyDataDir();
  const serve = startChild('hold', { dataDir: directory });
  expect(await serve.line()).toBe('open');
  const [one, other] = await Promise.all([open(directory, 'command'), open(directory, 'command')]);
  await Promise.all(['a', 'b', 'c', 'd'].map((slug, at) => addOrganization(at % 2 === 0 ? one : other, slug)));
  await one.close();
  expect(await slugs(other)).toEqual(['a', 'b', 'c', 'd']);
  await other.close();
  await serve.stop();
  expect(await slugs(await open(directory))).toEqual(['a', 'b', 'c', 'd']);
});

test('a command opens the store itself when nobody has it, and another one waits for it', async () => {
  const directory = await emptyDataDir();
  const first = await open(directory, 'command');
  await addOrganization(first, 'a');
  const second = open(directory, 'command');
  await first.close();
  expect(await slugs(await second)).toEqual(['a']);
});

test('a serve waits for a command that is about to end', async () => {
  const directory = await emptyDataDir();
  const command = await open(directory, 'command');
  const serve = open(directory);
  await addOrganization(command, 'a');
  await command.close();
  expect(await slugs(await serve)).toEqual(['a']);
});

test('what a killed serve left is taken over', async () => {
  const directory = await emptyDataDir();
  const killed = startChild('hold', { dataDir: directory });
  expect(await killed.line()).toBe('open');
  await killed.kill();
  expect(await lockFiles(directory)).toHaveLength(1);
  expect(await slugs(await open(directory))).toEqual([]);
  expect(await lockFiles(directory)).toHaveLength(1);
});

test('a process id that another program has got since does not hold the lock', async () => {
  const directory = await emptyDataDir();
  const left = await leaveLock(directory, { host: await hostOfThisProcess(), pid: process.ppid, processStart: '1' });
  expect(await slugs(await open(directory))).toEqual([]);
  expect(await failureOf(stat(left))).toMatchObject({ code: 'ENOENT' });
});

test('the lock of another container holds while it starts; later only when its socket answers', async () => {
  const directory = await emptyDataDir();
  const path = await leaveLock(directory, { host: 'another-container', role: 'command' });
  const waiting = open(directory);
  const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 1000, 'still waiting'))]);
  expect(early).toBe('still waiting');
  await utimes(path, new Date(0), new Date(0));
  expect(await slugs(await waiting)).toEqual([]);
});

test('the directory and all in it are the owner’s alone, and closing leaves neither lock nor socket', async () => {
  const directory = await emptyDataDir();
  await chmod(directory, 0o777);
  const store = await openStore({ dataDir: directory }, { role: 'serve' });
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  await store.close();
  expect(await readdir(directory)).toEqual(['pgdata']);
});

test('a directory too deep for the path of a socket works too, for commands as well', async () => {
  const directory = join(await tempDir('deep'), 'd'.repeat(100));
  await copyEmptyStore(directory);
  const serve = await openStore({ dataDir: directory }, { role: 'serve' });
  const [name] = await lockFiles(directory);
  const { socketPath } = JSON.parse(await readFile(join(directory, name ?? ''), 'utf8')) as { socketPath: string };
  expect((await stat(dirname(socketPath))).mode & 0o777).toBe(0o700);
  await addOrganization(await open(directory, 'command'), 'a');
  expect(await slugs(serve)).toEqual(['a']);
  await serve.close();
  expect(await failureOf(stat(dirname(socketPath)))).toMatchObject({ code: 'ENOENT' });
});

test('a data directory that cannot be one is refused by name', async () => {
  const file = join(await tempDir('file'), 'a-file');
  await writeFile(file, '');
  // Nobody, root included, makes directories in /proc.
  for (const dataDir of [file, join(file, 'below'), '/proc/wayleave', '/proc/wayleave/below']) {
    const refusal = await failureOf(openStore({ dataDir }, { role: 'serve' }));
    expect(refusal).toMatchObject({ name: 'StoreSetupError' });
    expect(String(refusal)).toMatch(`The data directory ${dataDir} cannot be used: `);
    expect(String(refusal)).toMatch('name another one as store.data_dir');
  }
});

test('a store that is no database any more is refused by name, and its directory is free again', async () => {
  const directory = await emptyDataDir();
  await writeFile(join(directory, 'pgdata', 'PG_VERSION'), '99\n');
  const refusal = await failureOf(openStore({ dataDir: directory }, { role: 'serve' }));
  expect(refusal).toMatchObject({ name: 'StoreSetupError' });
  expect(String(refusal)).toMatch(`The embedded store in ${join(directory, 'pgdata')} cannot be opened: `);
  expect(await lockFiles(directory)).toEqual([]);
});
