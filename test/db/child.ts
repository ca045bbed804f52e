import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StoreLocation } from '../../src/db/store.ts';
import { onCleanup } from '../support/cleanup.ts';

/** Another process that works on a store and says so line by line. */
export interface Child {
  readonly pid: number;
  /** The next line it writes. @throws with its complaint when it ends instead */
  line(): Promise<string>;
  /** Every line that was not asked for yet; to be called when it has ended. */
  rest(): Promise<string[]>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
  /** Tells it to end in order, and waits. */
  stop(): Promise<void>;
}

/** Starts one of the scripts beside this file as a process of its own; it is killed when the tests are over. */
export function startChild(script: 'hold' | 'create', location: StoreLocation): Child {
  const path = fileURLToPath(new URL(`./${script}.child.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', path, JSON.stringify(location)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the child has no process id');
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = (): Promise<void> => end(child, () => child.kill('SIGKILL'));
  onCleanup(kill);
  return {
    pid,
    kill,
    stop: () => end(child, () => child.stdin.end()),
    async line() {
      const next = await lines.next();
      if (next.done === true) throw new Error(complaint);
      return next.value;
    },
    async rest() {
      const all: string[] = [];
      for (let next = await lines.next(); next.done !== true; next = await lines.next()) all.push(next.value);
      return all;
    },
  };
}

async function end(child: ChildProcess, how: () => unknown): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  how();
  await ended;
}
