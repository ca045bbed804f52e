import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findOnPath } from './path-lookup.ts';
import { installPackage, mayInstall, unpackPackage } from './system-package.ts';

export interface RedisBinary {
  readonly path: string;
  /** What its environment needs besides ours. */
  readonly env: NodeJS.ProcessEnv;
}

const names = ['redis-server', 'valkey-server'];
const unpacked = fileURLToPath(new URL('../../node_modules/.cache/wayleave-test/redis', import.meta.url));

/** Finds redis-server, or gets it from the system's package manager. Rejects with one sentence that says what to do. */
export async function findRedis(): Promise<RedisBinary> {
  const present = findOnPath(names);
  if (present !== undefined) return { path: present, env: {} };
  try {
    return mayInstall() ? await install() : await unpack();
  } catch (error) {
    throw new Error(
      'These tests need a real Redis: put redis-server on PATH (Debian: apt-get install redis-server; ' +
        'macOS: brew install redis) or set TEST_REDIS_URL to a server they may use.',
      { cause: error },
    );
  }
}

async function install(): Promise<RedisBinary> {
  await installPackage('redis-server');
  const path = findOnPath(names);
  if (path === undefined) throw new Error('the package redis-server brought no redis-server');
  return { path, env: {} };
}

async function unpack(): Promise<RedisBinary> {
  const path = join(unpacked, 'usr/bin/redis-server');
  if (!existsSync(path)) await unpackPackage('redis-server', unpacked);
  const libraries = join(unpacked, 'usr/lib');
  const folders = (await readdir(libraries)).map((name) => join(libraries, name));
  return { path, env: { LD_LIBRARY_PATH: [libraries, ...folders].join(':') } };
}
