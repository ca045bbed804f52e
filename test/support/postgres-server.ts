import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onCleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

const run = promisify(execFile);
const password = 'test-password';
const startAttempts = 50;

/** A real Postgres of one's own, to be stopped, killed, frozen or moved. Its data directory stays the same. */
export class PostgresServer {
  readonly dataDirectory: string;
  readonly #binaries: PostgresBinaries;
  #port: number;
  #process: ServerProcess | undefined;

  constructor(options: { port: number; dataDirectory: string; binaries: PostgresBinaries }) {
    this.#port = options.port;
    this.dataDirectory = options.dataDirectory;
    this.#binaries = options.binaries;
  }

  get port(): number {
    return this.#port;
  }

  /** As DATABASE_URL, of the superuser and the database `postgres`. */
  get url(): string {
    return `postgres://postgres:${password}@127.0.0.1:${this.#port}/postgres`;
  }

  /** The process id of the running server. */
  get pid(): number {
    if (this.#process === undefined) throw new Error('this Postgres is not running');
    return this.#process.pid;
  }

  /** Starts it on the data it has, at the port it had unless another is given, and waits until it takes connections. */
  async start(port = this.#port): Promise<void> {
    this.#port = port;
    for (let attempt = 1; this.#process === undefined; attempt++) {
      try {
        this.#process = await this.#launch();
      } catch (error) {
        // After a kill the last back end may need a moment to leave the shared memory.
        if (attempt === startAttempts || !String(error).includes('shared memory')) throw error;
        await delay(100);
      }
    }
  }

  /** Stops it in order; open connections are closed. */
  async stop(): Promise<void> {
    const stopped = this.#process;
    if (stopped === undefined) return;
    this.resume();
    this.#process = undefined;
    await stopped.end('SIGINT');
  }

  /** Ends it and every back end with SIGKILL, as a crash of the machine would. */
  async kill(): Promise<void> {
    const killed = this.#process;
    if (killed === undefined) return;
    for (const pid of [this.pid, ...this.#backEnds()]) signal(pid, 'SIGKILL');
    this.#process = undefined;
    await killed.end('SIGKILL');
  }

  /** Freezes it: connections stay open and nobody answers. */
  pause(): void {
    signal(this.pid, 'SIGSTOP');
    for (const pid of this.#backEnds()) signal(pid, 'SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    for (const pid of this.#backEnds()) signal(pid, 'SIGCONT');
    signal(this.pid, 'SIGCONT');
  }

  #backEnds(): number[] {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8');
    return children.split(' ').filter(Boolean).map(Number);
  }

  #launch(): Promise<ServerProcess> {
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 500,
      shared_buffers: '64MB',
      fsync: 'on',
      synchronous_commit: 'on',
      logging_collector: 'off',
    };
    return startServer({
      command: this.#binaries.postgres,
      args: [
        '-D',
        this.dataDirectory,
        ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
      ],
      readyText: 'database system is ready to accept connections',
      env: { ...process.env, LC_ALL: 'C' },
      cwd: this.dataDirectory,
      ...(this.#binaries.user && { user: this.#binaries.user }),
    });
  }
}

/** Starts a Postgres with a data directory of its own; it is stopped when the tests of this file are over. */
export async function startPostgres(): Promise<PostgresServer> {
  const binaries = await postgresBinaries();
  const dataDirectory = await makeCluster(binaries);
  const server = new PostgresServer({ port: await freePort(), dataDirectory, binaries });
  onCleanup(() => server.stop());
  await server.start();
  return server;
}

async function makeCluster({ initdb, user }: PostgresBinaries): Promise<string> {
  const parent = await tempDir('pg');
  const passwordFile = join(parent, 'password');
  await writeFile(passwordFile, password);
  if (user !== undefined) for (const path of [parent, passwordFile]) await chown(path, user.uid, user.gid);
  const dataDirectory = join(parent, 'data');
  const settings = ['--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // Without syncs: the server syncs what it writes from its start on.
  const args = ['-D', dataDirectory, ...settings, '--encoding=UTF8', '--locale=C', '--no-sync'];
  await run(initdb, args, { ...user, cwd: parent, env: { ...process.env, LC_ALL: 'C' } });
  return dataDirectory;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // A back end that has ended meanwhile needs no signal.
  }
}
