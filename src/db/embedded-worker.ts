import { parentPort, workerData } from 'node:worker_threads';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { EmbeddedBackend } from './embedded-backend.ts';

/** The thread of the embedded store: opens the database of a directory and serves it on a Unix socket until told to stop. */
export interface EmbeddedWorkerData {
  readonly directory: string;
  readonly socketPath: string;
}

export type EmbeddedWorkerReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'stopped' };

/** The program's own connection, its probe, and commands run beside it. */
const connectionsMax = 50;

async function run(port: NonNullable<typeof parentPort>, { directory, socketPath }: EmbeddedWorkerData): Promise<void> {
  const report = (what: EmbeddedWorkerReport): void => port.postMessage(what);
  try {
    const backend = new EmbeddedBackend(directory, endThread);
    await backend.waitReady;
    const server = new PGLiteSocketServer({ db: backend, path: socketPath, maxConnections: connectionsMax });
    await server.start();
    port.once('message', () => {
      void stop(server, backend).then(() => report({ kind: 'stopped' }));
    });
    report({ kind: 'ready' });
  } catch (error) {
    report({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

/** Ends the thread with an error that the program is told of. */
function endThread(reason: unknown): void {
  setImmediate(() => {
    throw reason;
  });
}

async function stop(server: PGLiteSocketServer, backend: EmbeddedBackend): Promise<void> {
  await server.stop();
  await backend.close();
}

if (parentPort !== null) void run(parentPort, workerData as EmbeddedWorkerData);
