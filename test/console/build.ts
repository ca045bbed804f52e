import { build } from 'vite';
import { readConsoleAssets, type ConsoleAssets } from '../../src/admin-api/console-assets.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Builds the console as `npm run build` does, but to a folder of its own, and reads it as `serve` does. */
export async function builtConsole(): Promise<ConsoleAssets> {
  const outDir = await tempDir('console');
  const configFile = new URL('../../admin/vite.config.ts', import.meta.url).pathname;
  await build({ configFile, logLevel: 'error', build: { outDir } });
  return readConsoleAssets(outDir);
}
