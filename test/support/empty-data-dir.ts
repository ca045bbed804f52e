import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runDirectory, tempDir } from './temp-dir.ts';

/** A data directory with an empty embedded store. */
export async function emptyDataDir(): Promise<string> {
  const directory = await tempDir('store');
  await copyEmptyStore(directory);
  return directory;
}

/**
 * Puts an empty embedded store where a program is to find one. Making one takes seconds of processor time, so it is
 * made once in a test run and copied; that the program makes its own is for the tests of its first start.
 */
export async function copyEmptyStore(dataDir: string): Promise<void> {
  const template = join(runDirectory(), 'embedded-template');
  if (!existsSync(template)) {
    const { openStore } = await import('../../src/db/store.ts');
    const made = await tempDir('embedded');
    const store = await openStore({ dataDir: made }, { role: 'serve' });
    await store.close();
    // Another test file may have been quicker.
    await rename(made, template).catch(() => rm(made, { recursive: true }));
  }
  await cp(template, dataDir, { recursive: true });
}
