import { open, stat } from 'node:fs/promises';
import type { Clock } from '../lib/clock.ts';

/** A file as it stands on the disk at one moment. */
interface Sight {
  readonly kind: 'file' | 'gone';
  /** Different whenever the file may be. */
  readonly mark: string;
  readonly inode: bigint;
  readonly size: bigint;
  /** Epoch milliseconds at which something of it changed last. */
  readonly changedAtMs: number;
  /** It is empty, or its last line has no end: somebody may be writing it. */
  readonly looksCut: boolean;
}

/** Looks at a file, through symbolic links such as a ConfigMap is made of. */
async function lookAt(file: string): Promise<Sight> {
  try {
    const { dev, ino: inode, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    const mark = [dev, inode, size, mtimeNs, ctimeNs].join(':');
    const changedAtMs = Number(ctimeNs / 1_000_000n);
    return { kind: 'file', mark, inode, size, changedAtMs, looksCut: !(await endsWithNewline(file, Number(size))) };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { kind: 'gone', mark: reason, inode: 0n, size: 0n, changedAtMs: 0, looksCut: true };
  }
}

async function endsWithNewline(file: string, size: number): Promise<boolean> {
  if (size === 0) return false;
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
    return bytesRead === 1 && buffer[0] === 0x0a;
  } finally {
    await handle.close();
  }
}

export interface WatchOptions {
  readonly file: string;
  /** When what is in force was read, in epoch milliseconds. */
  readonly readAtMs: number;
  readonly clock: Clock;
  /**
   * Told that the file has changed and stays as it is now.
   * @returns `unsettled`: it does not make sense yet, and is worth another look when it has been quiet for longer
   */
  readonly onChanged: (settling: Settling) => Promise<'done' | 'unsettled'>;
  /** Told that the file has been away for a while. */
  readonly onGone: () => void;
  readonly onFault: (error: unknown) => void;
}

export interface Settling {
  /** Whether the file has been quiet for so long that nobody can still be writing it. */
  readonly isQuiet: boolean;
  /** Whether it is still what it was when it was found changed. */
  readonly isSame: () => Promise<boolean>;
}

const lookEveryMs = 250;
const usualQuietMs = 500;
/** For a file that seems to be half written, or between an editor's two renames. */
const patientQuietMs = 2000;
/** After this time a file that never rests is read as it is. */
const restlessMaxMs = 10_000;
/** File systems keep time by the tick. */
const tickMs = 20;

/**
 * Watches a file by looking at it a few times a second: an editor's rename, a symbolic link that now points elsewhere, a
 * network file system and a bind mount all look alike that way, and none goes unnoticed.
 */
export class FileWatch {
  readonly #options: WatchOptions;
  #last: Sight | undefined;
  #taken: Sight | undefined;
  #changedAtMs = 0;
  /** Since when there is something new; undefined: there is nothing. */
  #pendingSinceMs: number | undefined;
  /** It was read, and made no sense. */
  #isDoubtful = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#round();
    }, lookEveryMs).unref();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  async #round(): Promise<void> {
    try {
      await this.#look();
    } catch (error) {
      this.#options.onFault(error);
    }
    if (this.#timer !== undefined) this.start();
  }

  async #look(): Promise<void> {
    const sight = await lookAt(this.#options.file);
    const nowMs = this.#options.clock.monotonic();
    if (this.#isNew(sight)) {
      this.#changedAtMs = nowMs;
      this.#isDoubtful = false;
      this.#pendingSinceMs ??= nowMs;
    }
    this.#last = sight;
    if (this.#pendingSinceMs === undefined) return;
    const quietMs = nowMs - this.#changedAtMs;
    const isRestless = nowMs - this.#pendingSinceMs >= restlessMaxMs;
    if (quietMs < this.#quietFor(sight) && !isRestless) return;
    await this.#take(sight, { isQuiet: isRestless || quietMs >= patientQuietMs, isRestless });
  }

  /** The first look compares with the time at which the file was read. */
  #isNew(sight: Sight): boolean {
    if (this.#last !== undefined) return sight.mark !== this.#last.mark;
    if (sight.kind === 'file' && sight.changedAtMs < this.#options.readAtMs - tickMs) this.#taken = sight;
    return this.#taken === undefined;
  }

  /** A file that is written in place can be seen half written; one that was renamed or linked here is whole. */
  #quietFor({ kind, looksCut, inode, size }: Sight): number {
    const isShrunk = this.#taken?.inode === inode && size < this.#taken.size;
    return kind === 'gone' || looksCut || isShrunk || this.#isDoubtful ? patientQuietMs : usualQuietMs;
  }

  async #take(sight: Sight, { isQuiet, isRestless }: { isQuiet: boolean; isRestless: boolean }): Promise<void> {
    const { file, onChanged, onGone } = this.#options;
    if (sight.kind === 'gone') {
      this.#pendingSinceMs = undefined;
      return onGone();
    }
    const isSame = async (): Promise<boolean> => isRestless || (await lookAt(file)).mark === sight.mark;
    this.#isDoubtful = (await onChanged({ isQuiet, isSame })) === 'unsettled';
    if (this.#isDoubtful) return;
    this.#taken = sight;
    this.#pendingSinceMs = undefined;
  }
}
