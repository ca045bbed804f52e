import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { onCleanup } from './cleanup.ts';
import { askForServer } from './shared-servers.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * Compiles the program as the build does, for the processes that the tests start: run from its sources, each start
 * takes seconds longer. It lies below node_modules, where it finds its packages.
 * @returns the path of its cli.js
 */
export async function compileProgram(): Promise<string> {
  const folder = join(root, 'node_modules/.cache', `wayleave-tests-${process.pid}`);
  onCleanup(() => rm(folder, { recursive: true, force: true }));
  await mkdir(folder, { recursive: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const dist = join(folder, 'dist');
  const run = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root });
  await run(compiler, '-p', 'tsconfig.build.json', '--outDir', dist).catch((error: unknown) => {
    throw new Error(`the program does not compile:\n${(error as { stdout?: string }).stdout ?? ''}`);
  });
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  await run(vite, 'build', '--config', 'admin/vite.config.ts', '--logLevel', 'warn', '--outDir', join(dist, 'console'));
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await cp(join(root, 'src/db/migrations'), join(dist, 'db/migrations'), { recursive: true });
  return join(dist, 'cli.js');
}

/** The path of the compiled program, for `node`; compiled when the first test file asks for it. */
export function programPath(): Promise<string> {
  return askForServer('program');
}
