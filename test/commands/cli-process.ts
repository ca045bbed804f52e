import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onCleanup } from '../support/cleanup.ts';
import { copyEmptyStore } from '../support/empty-data-dir.ts';
import { freePort } from '../support/free-port.ts';
import { programPath } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const program = await programPath();

export interface Finished {
  /** null: ended by a signal. */
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves once standard output holds the text; rejects when the program ends before. */
  untilStdout(text: string): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** Starts the command line as a process of its own, with nothing of this one's environment but PATH. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}, stdin = ''): RunningCli {
  const child = spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: new URL('../..', import.meta.url).pathname,
  });
  onCleanup(() => child.kill('SIGKILL'));
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  child.stdin.end(stdin);
  const finished = once(child, 'close').then(() => ({ exit: child.exitCode, ...texts }));
  return {
    process: child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    finished,
    async untilStdout(text) {
      while (!texts.stdout.includes(text)) {
        const ended = await Promise.race([once(child.stdout, 'data').then(() => false), finished.then(() => true)]);
        if (ended && !texts.stdout.includes(text)) throw new Error(`it ended early:\n${texts.stdout}${texts.stderr}`);
      }
    },
  };
}

/** Runs a command to its end. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<Finished> {
  return startCli(args, env, stdin).finished;
}

export interface GatewayFolder {
  /** Its gateway.yaml. */
  readonly file: string;
  readonly proxy: string;
  readonly admin: string;
  readonly upstreamPort: number;
}

/** A folder with a gateway.yaml on free ports of this machine, its data beside it. */
export async function gatewayFolder(change: (yaml: string) => string = (yaml) => yaml): Promise<GatewayFolder> {
  const [proxy, admin, upstreamPort] = [await freePort(), await freePort(), await freePort()];
  const file = join(await tempDir('cli'), 'gateway.yaml');
  const yaml = `version: 1
listen:
  proxy: 127.0.0.1:${proxy}
  admin: 127.0.0.1:${admin}
store:
  data_dir: ./data
scopes:
  device:read: Read devices
  device:write: Change devices
projects:
  analytics:
    name: Analytics
    roles:
      viewer: [ "device:read" ]
      editor: [ "device:*" ]
upstreams:
  inventory:
    targets: [ http://127.0.0.1:${upstreamPort} ]
routes:
  - name: devices
    match: { path: /api/devices/** }
    upstream: inventory
    scopes: { GET: device:read, "*": device:write }
  - name: status
    match: { path: /status }
    upstream: inventory
    public: true
`;
  await writeFile(file, change(yaml));
  return { file, proxy: `http://127.0.0.1:${proxy}`, admin: `http://127.0.0.1:${admin}`, upstreamPort };
}

/** A `gatewayFolder` that has been started before: with an empty embedded store. */
export async function usedGatewayFolder(change?: (yaml: string) => string): Promise<GatewayFolder> {
  const folder = await gatewayFolder(change);
  await copyEmptyStore(join(dirname(folder.file), 'data'));
  return folder;
}
