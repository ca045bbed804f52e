import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { doctorCommand } from '../../src/commands/doctor.ts';
import { checkRuntime } from '../../src/commands/doctor/local.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const folder = await tempDir('doctor');
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** Something that takes connections and says nothing a gateway would say. */
async function stranger(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => undefined).end('220 hello\r\n')).listen(
    0,
    '127.0.0.1',
  );
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Finding {
  readonly state: string;
  readonly about: string;
  readonly text: string;
  readonly fix?: string;
}

async function examine(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, text);
  const io = memoryIo({ env });
  const exit = await doctorCommand.run(['--json', '--config', file, '--server', 'http://127.0.0.1:1'], io);
  const found = JSON.parse(io.out.join('')) as Finding[];
  return { exit, of: (about: string) => found.find((finding) => finding.about === about), found };
}

const upstream = await stranger();
const rest = `
upstreams: { u: { targets: ['http://127.0.0.1:${upstream}'] } }
routes: [ { name: r, match: { path: / }, upstream: u, public: true } ]
`;
const free = 'listen: { proxy: 127.0.0.1:0, admin: 127.0.0.1:0 }';

test('where nothing stands in the way of a start it ends with 0, and has made nothing', async () => {
  const dataDir = join(folder, 'data');
  const { exit, found, of } = await examine(`version: 1\n${free}\nstore: { data_dir: ${dataDir} }${rest}`);
  expect({ exit, failed: found.filter(({ state }) => state === 'failed') }).toEqual({ exit: 0, failed: [] });
  expect(of('gateway.yaml')).toMatchObject({ state: 'ok' });
  expect(of('store')).toMatchObject({ state: 'note', text: 'the embedded store is made at the first start' });
  expect(of('upstream u')).toMatchObject({ state: 'ok' });
  expect(of('server')).toMatchObject({ state: 'note' });
  expect(existsSync(dataDir)).toBe(false);
});

test('a port that something else has, a store that is away and a missing secret key are failures with a way out', async () => {
  const taken = await stranger();
  const { exit, of, found } = await examine(
    `version: 1\nlisten: { proxy: 127.0.0.1:${taken}, admin: 127.0.0.1:0 }\nstore: { postgres: "\${PG}" }${rest}`,
    { PG: 'postgres://wayleave:hunter2@127.0.0.1:1/none' },
  );
  expect(exit).toBe(1);
  expect(of('listen.proxy')).toMatchObject({
    state: 'failed',
    text: `127.0.0.1:${taken} is taken, and not by a gateway`,
  });
  expect(of('secret key')).toMatchObject({ state: 'failed', fix: expect.stringContaining('openssl rand') as unknown });
  expect(of('store')).toMatchObject({ state: 'failed' });
  expect(JSON.stringify(found)).not.toContain('hunter2');
});

test('a Postgres that answers and has no schema yet is told of as such, and is left so', async () => {
  const { url } = await freshDatabase();
  const text = `version: 1\n${free}\nstore: { postgres: "\${PG}" }${rest}`;
  const env = { PG: url, WAYLEAVE_SECRET_KEY: '0123456789abcdefghijklmnopqrstuv' };
  for (const _ of [1, 2]) {
    expect((await examine(text, env)).of('store')).toMatchObject({
      state: 'note',
      text: expect.stringMatching(/are missing$/) as unknown,
    });
  }
});

test('a data_dir that others may look into, and a redis and an upstream that are away, are warnings', async () => {
  const dataDir = join(folder, 'open');
  mkdirSync(dataDir);
  chmodSync(dataDir, 0o755);
  const text = `version: 1\n${free}\nstore: { data_dir: ${dataDir}, redis: "redis://127.0.0.1:1/0" }${rest}`;
  const { of } = await examine(text.replace(String(upstream), '1'));
  expect(of('data_dir')).toMatchObject({ state: 'warning', fix: `chmod 700 ${dataDir}` });
  expect(of('redis')).toMatchObject({ state: 'warning', text: '127.0.0.1:1 takes none: ECONNREFUSED' });
  expect(of('upstream u')).toMatchObject({ state: 'warning' });
});

test('a file with errors is a failure that says what shows them', async () => {
  const { exit, of } = await examine('version: 2\n');
  expect(exit).toBe(1);
  expect(of('gateway.yaml')).toMatchObject({
    state: 'failed',
    fix: expect.stringMatching(/^wayleave validate /) as unknown,
  });
});

test('a Node that is too old is a failure', () => {
  expect(checkRuntime('18.20.1').state).toBe('failed');
  expect(checkRuntime('20.18.3').state).toBe('failed');
  expect(checkRuntime('20.19.0').state).toBe('ok');
  expect(checkRuntime('24.1.0').state).toBe('ok');
});
