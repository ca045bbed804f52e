import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';
import { startServer, type ServerProcess } from './server-process.ts';

const root = join(import.meta.dirname, '../..');

/** Runs a TypeScript program of the tests in a process of its own until the test file is over. */
export async function startProgram(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
  const program = await startServer({
    command: process.execPath,
    args: ['--import', 'tsx', join(root, 'test', name), ...args],
    readyText: 'ready ',
    cwd: root,
    env: { ...process.env, ...env },
  });
  onCleanup(() => program.end('SIGKILL'));
  return program;
}

/** The ports that a program announced as `ready <port> <port>`. */
export function announcedPorts(program: ServerProcess): number[] {
  return (/ready ([\d ]+)/.exec(program.output())?.[1] ?? '').split(' ').map(Number);
}

export interface ChildGateway {
  readonly port: number;
  /** Bytes resident now, and the most there were since this was last asked. */
  memory(): Promise<{ rss: number; peak: number }>;
}

/** The data plane in a process of its own, with one public route and one upstream. */
export async function startChildGateway(
  targets: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ChildGateway> {
  const program = await startProgram('support/gateway-child.ts', targets, env);
  const [port = 0, control = 0] = announcedPorts(program);
  return {
    port,
    memory: async () => (await fetch(`http://127.0.0.1:${control}`)).json() as Promise<{ rss: number; peak: number }>,
  };
}
