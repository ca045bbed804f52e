import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { messageOf } from './failure.ts';
import { StoreSetupError } from './setup-error.ts';

/** The shortest room that any system leaves for a Unix socket's path (macOS: 104 with the final zero). */
const socketPathBytesMax = 103;

/**
 * Makes the data directory if need be, and sees to it that it is ours alone (0700).
 * @returns its full path
 * @throws StoreSetupError when it cannot be used
 */
export function prepareDataDirectory(path: string): string {
  const full = resolve(path);
  try {
    makeDirectory(full);
    chmodSync(full, 0o700);
    accessSync(full, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreSetupError(
      `The data directory ${full} cannot be used: ${messageOf(error)}. Make it a directory that belongs to the user ` +
        'this program runs as, or name another one as store.data_dir.',
      { cause: error },
    );
  }
  return full;
}

/** Where in a data directory the database itself is. */
export const databaseFolder = 'pgdata';

/** Whether an embedded store has ever been opened in a data directory; looking makes none. */
export function holdsStore(path: string): boolean {
  return existsSync(join(path, databaseFolder));
}

/** Node's own recursion never ends where a parent exists and takes no directory, as in /proc (20.20). */
function makeDirectory(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeDirectory(parent);
  mkdirSync(path, { mode: 0o700 });
}

/** Where the store's socket goes. */
export interface SocketPlace {
  readonly socketPath: string;
  /** Makes room for the socket; only for whoever holds the lock of the data directory. */
  prepare(): void;
  remove(): void;
}

/** The socket goes into the data directory, or, where that path is too long, into a directory of its own. */
export function chooseSocketPlace(dataDirectory: string): SocketPlace {
  const usual = join(dataDirectory, 'store.sock');
  if (Buffer.byteLength(usual) <= socketPathBytesMax) {
    const remove = (): void => rmSync(usual, { force: true });
    // A process that was killed leaves its socket behind.
    return { socketPath: usual, prepare: remove, remove };
  }
  const folder = join(tmpdir(), `wayleave-${randomBytes(6).toString('hex')}`);
  return {
    socketPath: join(folder, 'store.sock'),
    prepare: () => mkdirSync(folder, { mode: 0o700 }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
