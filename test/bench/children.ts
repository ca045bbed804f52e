import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { compiledProgram } from './compile.ts';
import { processTree } from './cpu-time.ts';
import { untilListening } from './ports.ts';

const startLimitMs = 30_000;
const stopLimitMs = 5_000;

/** A program of this benchmark that runs as a process of its own and talks by messages. */
export interface Program {
  readonly pid: number;
  /** Where it listens; 0 when it listens nowhere. */
  readonly port: number;
  /** Sends a message and waits for the answer. */
  ask(message: object, limitMs: number): Promise<unknown>;
}

/** The processes of a run and their temporary folder; both are gone after `stopAll` or, at the latest, at exit. */
export class Children {
  readonly folder = mkdtempSync(join(tmpdir(), 'wayleave-bench-'));
  readonly #running = new Set<ChildProcess>();

  constructor() {
    process.once('exit', () => this.#clear());
  }

  /** Starts a compiled program of this folder and waits until it says where it listens. */
  async fork(program: string, ...args: number[]): Promise<Program> {
    const child = this.#watch(fork(compiledProgram(program), args.map(String), { env: this.environment() }));
    const { port } = (await nextMessage(child, program, startLimitMs)) as { port: number };
    const ask = (message: object, limitMs: number): Promise<unknown> => {
      child.send(message);
      return nextMessage(child, program, limitMs);
    };
    return { pid: pidOf(child), port, ask };
  }

  /** Starts any other program, waits until it accepts connections on `port`, and returns its process id. */
  async spawn(command: string, args: readonly string[], port: number): Promise<number> {
    const complaints = join(this.folder, `${basename(command)}-${port}.log`);
    const stdio = ['ignore', 'ignore', openSync(complaints, 'w')] as const;
    const child = this.#watch(spawn(command, args, { env: this.environment(), stdio: [...stdio] }));
    const ended = once(child, 'exit').then(() => {
      throw new Error(`${command} ended at its start: ${readFileSync(complaints, 'utf8').slice(-2000)}`);
    });
    await Promise.race([untilListening(port, startLimitMs), ended]);
    ended.catch(() => undefined);
    return pidOf(child);
  }

  /** What every child sees of the environment: nothing that could make one machine's run differ from another's. */
  environment(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.folder, NODE_ENV: 'production' };
  }

  async stopAll(): Promise<void> {
    const exits = [...this.#running].map((child) => once(child, 'exit'));
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.race([Promise.all(exits), delay(stopLimitMs, undefined, { ref: false })]);
    this.#clear();
  }

  #watch(child: ChildProcess): ChildProcess {
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }

  #clear(): void {
    for (const { pid } of this.#running) if (pid !== undefined) killTree(pid);
    this.#running.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function nextMessage(child: ChildProcess, program: string, limitMs: number): Promise<unknown> {
  const limit = new AbortController();
  const ended = (): void => limit.abort();
  child.once('exit', ended);
  try {
    const signal = AbortSignal.any([limit.signal, AbortSignal.timeout(limitMs)]);
    const [message] = (await once(child, 'message', { signal })) as [unknown];
    return message;
  } catch (error) {
    const fate = limit.signal.aborted ? 'ended' : `said nothing for ${limitMs} ms`;
    throw new Error(`the program ${program} ${fate}`, { cause: error });
  } finally {
    child.off('exit', ended);
  }
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`could not start ${child.spawnfile}`);
  return child.pid;
}

/** Ends a process and its descendants at once; those that ended meanwhile are no failure. */
function killTree(pid: number): void {
  try {
    for (const member of processTree(pid)) process.kill(member, 'SIGKILL');
  } catch {
    // Gone already.
  }
}
