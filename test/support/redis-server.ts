import { onCleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { findRedis, type RedisBinary } from './redis-binary.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

/** A real Redis of one's own, to be stopped, killed or frozen. It keeps nothing on disk: a restart empties it. */
export class RedisServer {
  /** As REDIS_URL. */
  readonly url: string;
  readonly port: number;
  readonly #binary: RedisBinary;
  readonly #directory: string;
  #process: ServerProcess | undefined;

  constructor(options: { port: number; directory: string; binary: RedisBinary }) {
    this.port = options.port;
    this.url = `redis://127.0.0.1:${options.port}`;
    this.#binary = options.binary;
    this.#directory = options.directory;
  }

  /** The process id of the running server. */
  get pid(): number {
    if (this.#process === undefined) throw new Error('this Redis is not running');
    return this.#process.pid;
  }

  /** Starts it on its port, empty, and waits until it takes connections. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.#directory, save: '', appendonly: 'no' };
    this.#process = await startServer({
      command: this.#binary.path,
      args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
      readyText: 'Ready to accept connections',
      env: { ...process.env, ...this.#binary.env },
    });
  }

  /** Stops it in order. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it with SIGKILL. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Freezes it: connections stay open and nobody answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = this.#process;
    if (ended === undefined) return;
    this.resume();
    this.#process = undefined;
    await ended.end(signal);
  }
}

/** Starts a Redis; it is stopped when the tests of this file are over. */
export async function startRedis(): Promise<RedisServer> {
  const binary = await findRedis();
  const server = new RedisServer({ port: await freePort(), directory: await tempDir('redis'), binary });
  onCleanup(() => server.stop());
  await server.start();
  return server;
}
