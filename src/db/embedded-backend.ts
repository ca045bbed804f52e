import { fsyncSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The messages of the extended query protocol that wait for a Sync before they are over. */
const openMessages = new Set(Buffer.from('PBDECHF'));
const syncMessage = Uint8Array.of(0x53, 0, 0, 0, 4);

/** As PGlite starts Postgres, but with fsync, which it turns off (`-F`); fdatasync never reaches the file system. */
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  '-c',
  'wal_sync_method=fsync',
];

/**
 * PGlite as one back end that several sockets share, and that has a commit on the disk before it answers.
 *
 * pglite-socket 0.2.17 lets messages of one socket in between those of another unless a transaction is open: Parse and
 * Bind of one and Parse of another, both unnamed, and the first gets the second's rows. So everything up to the Sync
 * counts as a transaction here, which that library keeps to one socket.
 */
export class EmbeddedBackend extends PGlite {
  readonly #onBroken: (reason: unknown) => void;
  #waitsForSync = false;

  /** @param onBroken called when the back end itself fails; pglite-socket would leave its clients waiting for ever */
  constructor(directory: string, onBroken: (reason: unknown) => void) {
    super({ fs: new SyncedNodeFS(directory), startParams, relaxedDurability: false });
    this.#onBroken = onBroken;
  }

  override isInTransaction(): boolean {
    return this.#waitsForSync || super.isInTransaction();
  }

  override async execProtocolRawStream(...call: Parameters<PGlite['execProtocolRawStream']>): Promise<void> {
    try {
      await super.execProtocolRawStream(...call);
    } catch (error) {
      this.#onBroken(error);
      throw error;
    }
    this.#waitsForSync = openMessages.has(call[0][0] ?? 0);
  }

  /** Also what the socket server rolls back with when a client has left in the middle. */
  override async exec(...call: Parameters<PGlite['exec']>): ReturnType<PGlite['exec']> {
    if (this.#waitsForSync) {
      this.#waitsForSync = false;
      await super.execProtocolRaw(syncMessage);
    }
    return super.exec(...call);
  }
}

/** The file system of Node with an fsync that is one; Emscripten's does nothing. */
class SyncedNodeFS extends NodeFS {
  override async init(...call: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...call);
    const preRun = [...(emscriptenOpts.preRun ?? []), installSync];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  }
}

/** What PGlite's types leave open for want of Emscripten's. */
interface NodeFileSystems {
  readonly FS: {
    readonly filesystems: {
      readonly NODEFS: { readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number } };
    };
  };
}

function installSync(module: unknown): void {
  const { filesystems } = (module as NodeFileSystems).FS;
  filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
    fsyncSync(nfd);
    return 0;
  };
}
