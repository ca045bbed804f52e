import { execFile } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from './path-lookup.ts';

const run = promisify(execFile);
const timeoutMs = 300_000;

/** Says whether this process may install packages: Debian or one of its kind, as root. */
export function mayInstall(): boolean {
  return process.getuid?.() === 0 && findOnPath(['apt-get']) !== undefined;
}

/** Installs a Debian package and what it needs. Services it brings are not started. Rejects when apt-get fails. */
export async function installPackage(name: string): Promise<void> {
  // Runlevel 1 keeps the package's service, such as a Redis on the default port, from being started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = (): Promise<unknown> =>
    run('apt-get', ['install', '--yes', '--no-install-recommends', name], { env, timeout: timeoutMs });
  try {
    await install();
  } catch {
    // Images come without package lists, or with lists of last month.
    await run('apt-get', ['update'], { env, timeout: timeoutMs });
    await install();
  }
}

/**
 * Downloads a Debian package with the libraries it lacks here and unpacks them into `folder`; needs no root.
 * Rejects where there is no apt-get or no package list.
 */
export async function unpackPackage(name: string, folder: string): Promise<void> {
  const plan = await run('apt-get', ['install', '--simulate', '--no-install-recommends', name]);
  const names = [...plan.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  const partial = `${folder}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  await run('apt-get', ['download', ...names], { cwd: partial, timeout: timeoutMs });
  await run('sh', ['-c', 'for file in *.deb; do dpkg -x "$file" . || exit 1; done'], { cwd: partial });
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, '..'), { recursive: true });
  await rename(partial, folder);
}
