import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';

/** A file of the console, held in memory. */
export interface ConsoleAsset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** A name that holds a hash of the content never means anything else. */
  readonly immutable: boolean;
}

/** Every file of the console by the path it is asked for, such as `/` and `/assets/index-3f2a.js`. */
export type ConsoleAssets = ReadonlyMap<string, ConsoleAsset>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads the built console into memory.
 * @param directory where the build put it; an empty manifest when it is not there
 * @throws when a file in it is of a kind the console does not have, or cannot be read
 */
export async function readConsoleAssets(directory: string): Promise<ConsoleAssets> {
  const assets = new Map<string, ConsoleAsset>();
  for (const file of await filesIn(directory)) {
    const name = `/${relative(directory, file).split(sep).join('/')}`;
    const contentType = contentTypes[extname(file)];
    if (contentType === undefined) throw new Error(`the console has a file of an unknown kind: ${file}`);
    const body = new Uint8Array(await readFile(file));
    assets.set(name === '/index.html' ? '/' : name, { body, contentType, immutable: name.startsWith('/assets/') });
  }
  return assets;
}

async function filesIn(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
