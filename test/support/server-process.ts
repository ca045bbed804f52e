import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runDirectory } from './temp-dir.ts';

export interface ServerOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Text that the server writes (stdout or stderr) once it can be used. */
  readonly readyText: string;
  readonly readyTimeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Gets all that it writes, however much, as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface ServerProcess {
  readonly pid: number;
  /** What it has written so far, at most the last 64 KiB. */
  output(): string;
  /** Sends `signal` and waits for the end; SIGKILL after `timeoutMs`. */
  end(signal: NodeJS.Signals, timeoutMs?: number): Promise<void>;
}

const outputLengthMax = 65_536;

/** Starts a server and waits until it says it is ready. Whatever becomes of this process, the server does not outlive it. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  // A group of its own: Ctrl-C in the terminal reaches the tests alone, and they stop the server in their own order.
  const child = spawn(options.command, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...options.user,
  });
  const output = collectOutput(child, options.onOutput);
  await once(child, 'spawn');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${options.command} has no process id`);
  guard(child, pid);
  const server: ServerProcess = {
    pid,
    output,
    end: (signal, timeoutMs = 10_000) => endProcess(child, signal, timeoutMs),
  };
  await untilReady(child, server, options);
  return server;
}

async function untilReady(child: ChildProcess, server: ServerProcess, options: ServerOptions): Promise<void> {
  const until = performance.now() + (options.readyTimeoutMs ?? 30_000);
  while (!server.output().includes(options.readyText)) {
    if (hasEnded(child)) {
      const how = child.signalCode ?? child.exitCode;
      throw new Error(`${options.command} ended at once (${how}):\n${server.output()}`);
    }
    if (performance.now() > until) {
      await server.end('SIGKILL');
      throw new Error(`${options.command} did not get ready:\n${server.output()}`);
    }
    await delay(10);
  }
}

function collectOutput(child: ChildProcess, onOutput?: (text: string) => void): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-outputLengthMax);
      onOutput?.(chunk);
    });
  }
  return () => text;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await ended;
  clearTimeout(timer);
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Ends the server with this process, and leaves a note for `killLeftServers` in case this process is killed first. */
function guard(child: ChildProcess, pid: number): void {
  const notes = join(runDirectory(), 'servers');
  mkdirSync(notes, { recursive: true });
  const note = join(notes, String(pid));
  writeFileSync(note, '');
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    rmSync(note, { force: true });
  });
}

/** Kills the servers of worker processes that were killed before they could stop them. */
export function killLeftServers(): void {
  const notes = join(runDirectory(), 'servers');
  mkdirSync(notes, { recursive: true });
  for (const pid of readdirSync(notes)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
