import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';
import { freshDatabase } from './postgres.ts';
import { programPath } from './program.ts';
import { startServer } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

export interface GatewayOptions {
  /** gateway.yaml without `version`, `listen` and `store`, which are added. */
  readonly yaml: string;
  /** Further variables of the environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** Further arguments of `wayleave serve`. */
  readonly args?: readonly string[];
  /** A database that others use too; without it, a fresh one. */
  readonly databaseUrl?: string;
}

/** `wayleave serve` in a process of its own, on a Postgres database of its own. */
export interface RunningGateway {
  readonly pid: number;
  readonly port: number;
  readonly adminPort: number;
  /** The gateway.yaml that it runs. */
  readonly configFile: string;
  readonly databaseUrl: string;
  /** Of its own, for further commands that belong to it. */
  readonly env: NodeJS.ProcessEnv;
  /** All that it has written to standard output and standard error. */
  log(): string;
  isAlive(): boolean;
}

export const repository = join(import.meta.dirname, '../..');

/** Starts the program as a user would; it ends with the tests of this file. */
export async function startGateway({ yaml, env = {}, ...given }: GatewayOptions): Promise<RunningGateway> {
  const directory = await tempDir('gateway');
  const configFile = join(directory, 'gateway.yaml');
  const sections = [
    'version: 1',
    'listen: { proxy: "127.0.0.1:0", admin: "127.0.0.1:0" }',
    'store: { postgres: "${DATABASE_URL}", data_dir: ./data }',
  ];
  writeFileSync(configFile, `${sections.join('\n')}\n${yaml}`);
  const databaseUrl = given.databaseUrl ?? (await freshDatabase()).url;
  const ownEnv = {
    ...process.env,
    WAYLEAVE_SECRET_KEY: 'a secret key of the tests alone, and long enough',
    ...env,
    DATABASE_URL: databaseUrl,
  };
  let log = '';
  const server = await startServer({
    command: process.execPath,
    args: [await programPath(), 'serve', '--config', configFile, ...(given.args ?? [])],
    cwd: repository,
    env: ownEnv,
    readyText: '"msg":"serving"',
    onOutput: (text) => {
      log += text;
    },
  });
  onCleanup(() => server.end('SIGTERM'));
  const [, port, adminPort] = /"listen":\{"proxy":(\d+),"admin":(\d+)/.exec(log) ?? [];
  return {
    pid: server.pid,
    port: Number(port),
    adminPort: Number(adminPort),
    configFile,
    databaseUrl,
    env: ownEnv,
    log: () => log,
    isAlive: () => isAlive(server.pid),
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
