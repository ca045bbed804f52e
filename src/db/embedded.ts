import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../lib/clock.ts';
import type { Address } from './client.ts';
import { chooseSocketPlace, prepareDataDirectory, databaseFolder } from './data-directory.ts';
import { startEmbeddedThread } from './embedded-thread.ts';
import { answers, takeLock, type LockHolder } from './process-lock.ts';
import { StoreSetupError } from './setup-error.ts';

/** The embedded store as a process reaches it: its own, or that of a running `serve`. */
export interface EmbeddedStore {
  readonly address: Address;
  close(): Promise<void>;
}

/** How long to wait for a command that has the store open, or for a `serve` that is starting. */
const patienceMs = 15_000;

/**
 * Opens the embedded store for `serve`, which owns it until it closes it.
 * @param onLost called when the store ends by itself
 * @throws StoreSetupError when another `serve` owns it, or the directory cannot be used
 */
export function openEmbedded(dataDir: string, onLost: (reason: Error) => void): Promise<EmbeddedStore> {
  return withPatience(dataDir, async (directory) => {
    const outcome = await open(directory, 'serve', onLost);
    // Two that start together may both have backed off, so a `serve` that is not listening yet gets its time too.
    if ('pid' in outcome && outcome.role === 'serve' && (await answers(outcome.socketPath))) {
      throw new StoreSetupError(inUse(directory, outcome));
    }
    return outcome;
  });
}

/**
 * Reaches the embedded store for a command: through the socket of a running `serve`, or by opening it meanwhile.
 * @throws StoreSetupError when neither is possible
 */
export function connectEmbedded(dataDir: string): Promise<EmbeddedStore> {
  return withPatience(dataDir, async (directory) => {
    const outcome = await open(directory, 'command', () => undefined);
    if ('pid' in outcome && outcome.role === 'serve' && (await answers(outcome.socketPath))) {
      return { address: { socketPath: outcome.socketPath }, close: () => Promise.resolve() };
    }
    return outcome;
  });
}

async function withPatience(
  dataDir: string,
  attempt: (directory: string) => Promise<EmbeddedStore | LockHolder>,
): Promise<EmbeddedStore> {
  const directory = prepareDataDirectory(dataDir);
  const end = systemClock.monotonic() + patienceMs;
  for (;;) {
    const outcome = await attempt(directory);
    if ('close' in outcome) return outcome;
    if (systemClock.monotonic() > end) throw new StoreSetupError(inUse(directory, outcome));
    await delay(50 + Math.random() * 100);
  }
}

async function open(
  directory: string,
  role: LockHolder['role'],
  onLost: (reason: Error) => void,
): Promise<EmbeddedStore | LockHolder> {
  const place = chooseSocketPlace(directory);
  const { socketPath } = place;
  const lock = await takeLock(directory, { role, socketPath });
  if (lock.kind === 'held') return lock.holder;
  try {
    place.prepare();
    const thread = await startEmbeddedThread({ directory: join(directory, databaseFolder), socketPath }, onLost);
    return {
      address: { socketPath },
      async close() {
        await thread.stop();
        place.remove();
        lock.release();
      },
    };
  } catch (error) {
    place.remove();
    lock.release();
    throw error;
  }
}

function inUse(directory: string, { pid, role }: LockHolder): string {
  const program = role === 'serve' ? 'wayleave serve' : 'a wayleave command';
  return (
    `The data directory ${directory} is in use by ${program} (process ${pid}), and the embedded store belongs to one ` +
    `process. Stop that one, or name another directory as store.data_dir here; for several nodes set DATABASE_URL.`
  );
}
