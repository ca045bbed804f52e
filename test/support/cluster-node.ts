import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultProxy } from './fault-proxy.ts';
import { askWith, type SeenAnswer } from './gateway-client.ts';
import { repository } from './gateway.ts';
import { startServer, type ServerProcess } from './server-process.ts';

export interface NodeOptions {
  /** Of its own: its gateway.yaml is written there. */
  readonly directory: string;
  readonly yaml: string;
  readonly env: NodeJS.ProcessEnv;
  /** The arguments of node that run the program. */
  readonly program: readonly string[];
  /** What stands between it and its servers. */
  readonly postgres: FaultProxy;
  readonly redis: FaultProxy | undefined;
  readonly adminToken: () => Promise<string>;
}

const fewAtOnce = 10;

/** One `wayleave serve` of a cluster, in a process of its own. */
export class ClusterNode {
  readonly postgres: FaultProxy;
  readonly configFile: string;
  readonly #options: NodeOptions;
  #process: ServerProcess | undefined;
  #ports: { readonly proxy: number; readonly admin: number } = { proxy: 0, admin: 0 };
  #log = '';

  constructor(options: NodeOptions) {
    this.#options = options;
    this.postgres = options.postgres;
    this.configFile = join(options.directory, 'gateway.yaml');
    mkdirSync(options.directory, { recursive: true });
    writeFileSync(this.configFile, options.yaml);
  }

  /** What stands between it and Redis. */
  get redis(): FaultProxy {
    if (this.#options.redis === undefined) throw new Error('this cluster has no Redis');
    return this.#options.redis;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#options.env;
  }

  get program(): readonly string[] {
    return this.#options.program;
  }

  /** Of the proxy listener; another after each start. */
  get port(): number {
    return this.#ports.proxy;
  }

  get adminPort(): number {
    return this.#ports.admin;
  }

  /** The process id, which its name in receipts ends with. */
  get pid(): number {
    if (this.#process === undefined) throw new Error('this node does not run');
    return this.#process.pid;
  }

  /** All that it has written, over every start. */
  get log(): string {
    return this.#log;
  }

  get isRunning(): boolean {
    return this.#process !== undefined && isAlive(this.#process.pid);
  }

  /** Starts it and waits until it serves. */
  async start(): Promise<void> {
    const before = this.#log.length;
    this.#process = await startServer({
      command: process.execPath,
      args: [...this.program, 'serve', '--config', this.configFile],
      cwd: repository,
      env: this.env,
      readyText: '"msg":"serving"',
      readyTimeoutMs: 60_000,
      onOutput: (text) => (this.#log += text),
    });
    const [, proxy, admin] = /"listen":\{"proxy":(\d+),"admin":(\d+)/.exec(this.#log.slice(before)) ?? [];
    this.#ports = { proxy: Number(proxy), admin: Number(admin) };
  }

  /** Stops it in order. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Freezes it: its connections stay open and it does nothing. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /** Asks its proxy listener with a bearer token. */
  ask(token: string, path?: string): Promise<SeenAnswer> {
    return askWith(this.port, token, path);
  }

  /** Asks with each of many tokens, a few at a time: how many may wait for the store at once is bounded. */
  async askEach(tokens: readonly string[]): Promise<SeenAnswer[]> {
    const answers: SeenAnswer[] = [];
    for (let at = 0; at < tokens.length; at += fewAtOnce) {
      answers.push(...(await Promise.all(tokens.slice(at, at + fewAtOnce).map((token) => this.ask(token)))));
    }
    return answers;
  }

  /** Calls its admin API as a platform admin. */
  async api(method: string, path: string, body?: unknown): Promise<Response> {
    const authorization = `Bearer ${await this.#options.adminToken()}`;
    return fetch(`http://127.0.0.1:${this.adminPort}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** The sum of its metric's lines that hold each of `labels`, such as `tier="redis"`. */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.adminPort}/metrics`)).text();
    const lines = text.split('\n').filter((line) => /^\w+/.exec(line)?.[0] === name);
    const chosen = lines.filter((line) => labels.every((label) => line.includes(label)));
    return chosen.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = this.#process;
    if (ended === undefined) return;
    this.#process = undefined;
    if (isAlive(ended.pid)) process.kill(ended.pid, 'SIGCONT');
    await ended.end(signal);
  }

  #signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
