import { mkdtempSync, rmSync } from 'node:fs';
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
  const path = mkdtempSync(join(tmpdir(), 'wl-'));
  process.env[variable] = path;
  process.once('exit', () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }));
  return path;
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
