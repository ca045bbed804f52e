import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanup } from './cleanup.ts';

const variable = 'WAYLEAVE_TEST_RUN';

/**
 * The folder of this test run; everything that a run writes is below it. The first process that asks makes it and
 * removes it on its way out; the processes it starts inherit it.
 */
export function runDirectory(): string {
  const inherited = process.env[variable];
  if (inherited !== undefined) return inherited;
  // A short name: the path of a Unix socket has room for about 100 characters.
  const path = inMemory() ?? mkdtempSync(join(tmpdir(), 'wl-'));
  process.env[variable] = path;
  process.once('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}

const memoryDisk = '/dev/shm';
const roomNeeded = 6 * 1024 ** 3;

/**
 * A folder in memory, where there is room and programs may run from it: what the stores flush costs nothing there, and
 * that is most of the time that starting them takes. A program that is killed leaves the same as on a disk.
 */
function inMemory(): string | undefined {
  let path: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(memoryDisk);
    if (bavail * bsize < roomNeeded) return undefined;
    path = mkdtempSync(join(memoryDisk, 'wl-'));
    const script = join(path, 'runs');
    writeFileSync(script, '#!/bin/sh\n', { mode: 0o755 });
    if (spawnSync(script).status === 0) return path;
  } catch {
    // There is no such folder, or nothing may be written there.
  }
  if (path !== undefined) rmSync(path, { recursive: true, force: true });
  return undefined;
}

/** Makes an empty folder (0700) that is removed when the tests of this file are over. */
export async function tempDir(label = 'dir'): Promise<string> {
  const parent = runDirectory();
  // Postgres runs as another user when the tests run as root, and must be able to pass through.
  await chmod(parent, 0o711);
  const path = await mkdtemp(join(parent, `${label}-`));
  onCleanup(() => rm(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
}
