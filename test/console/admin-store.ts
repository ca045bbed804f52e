import { existsSync } from 'node:fs';
import { copyFile, cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCli } from '../commands/cli-process.ts';
import { copyEmptyStore } from '../support/empty-data-dir.ts';
import { runDirectory, tempDir } from '../support/temp-dir.ts';

/**
 * Puts an embedded store that knows the platform's admin where the shipped gateway is to find one. It is made once in a
 * test run and copied, for it takes two starts of the program.
 * @returns a token of the admin
 */
export async function copyAdminStore(dataDir: string): Promise<string> {
  const template = join(runDirectory(), 'admin-template');
  if (!existsSync(template)) {
    const made = await makeAdminStore();
    // Another test file may have been quicker.
    await rename(made, template).catch(() => rm(made, { recursive: true }));
  }
  await cp(join(template, 'data'), dataDir, { recursive: true });
  return readFile(join(template, 'token'), 'utf8');
}

async function makeAdminStore(): Promise<string> {
  const folder = await tempDir('admin');
  const file = join(folder, 'gateway.yaml');
  await copyFile(new URL('../../gateway.yaml', import.meta.url), file);
  await copyEmptyStore(join(folder, 'data'));
  const { exit, stdout, stderr } = await runCli(['admin-token'], { WAYLEAVE_CONFIG: file });
  if (exit !== 0) throw new Error(`no admin token was made: ${stderr}`);
  await writeFile(join(folder, 'token'), stdout.trim());
  return folder;
}
