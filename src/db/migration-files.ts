import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

export interface Migration {
  readonly version: number;
  /** The name of its file. */
  readonly name: string;
}

export interface MigrationFile extends Migration {
  readonly text: string;
  readonly checksum: string;
}

/** The migrations this program brings, as files beside its code. */
export const migrationsFolder = new URL('./migrations/', import.meta.url);

/** Reads the files `0001_name.sql` of a folder, in their order. The checksum leaves aside how lines end. */
export async function readMigrations(folder: URL): Promise<readonly MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8');
      const checksum = createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
      return { version: Number(name.slice(0, 4)), name, text, checksum };
    }),
  );
}
