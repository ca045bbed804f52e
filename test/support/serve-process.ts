import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onCleanup } from './cleanup.ts';
import { copyEmptyStore } from './empty-data-dir.ts';
import { repository } from './gateway.ts';
import { freshDatabase } from './postgres.ts';
import { programPath } from './program.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

export const storeKinds = ['embedded', 'postgres'] as const;
export type StoreKind = (typeof storeKinds)[number];

/** A `wayleave serve` that can be killed and started again on the same data. */
export interface ServeProcess {
  readonly proxy: string;
  readonly admin: string;
  readonly process: ServerProcess;
  /** All that it and those before it have written. */
  log(): string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Runs another command of the program on the same configuration. */
  run(...args: string[]): Promise<string>;
  api(method: string, path: string, body?: unknown): Promise<Response>;
  /** Makes something by the admin API; a busy store is asked again. @throws when it is refused for anything else */
  make<Made>(path: string, body: unknown): Promise<Made>;
  readonly env: NodeJS.ProcessEnv;
}

const file = `version: 1
listen: { proxy: "127.0.0.1:0", admin: "127.0.0.1:0" }
store: { postgres: "\${DATABASE_URL:-}", data_dir: ./data }
cache: CACHE
scopes: { device:read: Read devices }
projects: { analytics: { name: Analytics, roles: { viewer: [ "device:read" ] } } }
upstreams: { u: { targets: [ "http://127.0.0.1:UPSTREAM" ] } }
routes:
  - { name: devices, match: { path: /api/** }, upstream: u, scopes: device:read }
`;

/** Starts the program on a store of the given kind, with an admin token in hand. */
export async function startServe(
  kind: StoreKind,
  given: { upstreamPort?: number; databaseUrl?: string; cache?: string } = {},
): Promise<ServeProcess> {
  const directory = await tempDir('serve');
  const configFile = join(directory, 'gateway.yaml');
  const yaml = file.replace('UPSTREAM', String(given.upstreamPort ?? 9)).replace('CACHE', given.cache ?? '{}');
  writeFileSync(configFile, yaml);
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['DATABASE_URL'];
  if (kind === 'embedded') {
    await copyEmptyStore(join(directory, 'data'));
  } else {
    env['DATABASE_URL'] = given.databaseUrl ?? (await freshDatabase()).url;
    env['WAYLEAVE_SECRET_KEY'] = 'a secret key of the tests alone, and long enough';
  }
  const program = [await programPath()];
  const config = ['--config', configFile];
  let log = '';
  let server: ServerProcess | undefined;
  let ports: readonly string[] = [];
  let token = '';
  const running = (): ServerProcess => {
    if (server === undefined) throw new Error('the program was not started');
    return server;
  };
  const serve: ServeProcess = {
    env,
    get proxy() {
      return `http://127.0.0.1:${ports[0]}`;
    },
    get admin() {
      return `http://127.0.0.1:${ports[1]}`;
    },
    get process() {
      return running();
    },
    log: () => log,
    kill: () => running().end('SIGKILL'),
    async start() {
      server = await startServer({
        command: process.execPath,
        args: [...program, 'serve', ...config],
        cwd: repository,
        env,
        readyText: '"msg":"serving"',
        readyTimeoutMs: 120_000,
        onOutput: (text) => {
          log += text;
        },
      });
      ports = [...log.matchAll(/"listen":\{"proxy":(\d+),"admin":(\d+)/g)].at(-1)?.slice(1) ?? [];
    },
    async run(...args) {
      const { stdout } = await promisify(execFile)(process.execPath, [...program, ...args, ...config], {
        cwd: repository,
        env,
      });
      return stdout.trim();
    },
    api: (method, path, body) =>
      fetch(`${serve.admin}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async make<Made>(path: string, body: unknown) {
      for (;;) {
        const response = await serve.api('POST', path, body);
        if (response.status === 201) return (await response.json()) as Made;
        const text = await response.text();
        if (response.status !== 503) throw new Error(`POST ${path}: ${response.status} ${text}`);
      }
    },
  };
  onCleanup(() => server?.end('SIGKILL'));
  await serve.start();
  token = await serve.run('admin-token');
  return serve;
}
