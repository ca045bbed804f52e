import { Worker } from 'node:worker_threads';
import type { EmbeddedWorkerData, EmbeddedWorkerReport } from './embedded-worker.ts';
import { StoreSetupError } from './setup-error.ts';

export interface EmbeddedThread {
  /** Closes the database in order. */
  stop(): Promise<void>;
}

/**
 * Starts the thread that runs PGlite; resolves once its socket listens.
 * @param onLost called when the thread ends without having been told to
 * @throws StoreSetupError when the database cannot be opened
 */
export async function startEmbeddedThread(
  data: EmbeddedWorkerData,
  onLost: (reason: Error) => void,
): Promise<EmbeddedThread> {
  const worker = startWorker(data);
  const report = await nextReport(worker);
  if (report.kind === 'failed') {
    await worker.terminate();
    throw new StoreSetupError(
      `The embedded store in ${data.directory} cannot be opened: ${report.reason}. Restore the directory from a backup, ` +
        'or name an empty one as store.data_dir to begin anew.',
    );
  }
  let state: 'running' | 'stopping' | 'ended' = 'running';
  let reason = new Error('the thread of the embedded store ended');
  worker.once('error', (error) => {
    reason = error;
  });
  worker.once('exit', () => {
    if (state === 'running') onLost(reason);
    state = 'ended';
  });
  return {
    async stop() {
      if (state !== 'running') return;
      state = 'stopping';
      const stopped = nextReport(worker);
      worker.postMessage('stop', []);
      await stopped.catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** Starts the code of the thread that lies beside this file, compiled when this file is. */
function startWorker(workerData: EmbeddedWorkerData): Worker {
  const options = { name: 'embedded store', workerData };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./embedded-worker.js', import.meta.url), options);
  const source = new URL('./embedded-worker.ts', import.meta.url);
  if ('typescript' in process.features && process.features.typescript !== false) return new Worker(source, options);
  // Development on a Node that reads no TypeScript: tsx is not in a thread just because it is in the program.
  const tsx = import.meta.resolve('tsx/esm/api');
  const [from, entry] = [JSON.stringify(tsx), JSON.stringify(source.href)];
  const code = `import(${from}).then(({ tsImport }) => tsImport(${entry}, ${entry}));`;
  return new Worker(code, { ...options, eval: true });
}

/** What the thread says next. Rejects when it ends instead. */
function nextReport(worker: Worker): Promise<EmbeddedWorkerReport> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread of the embedded store ended')));
  });
}
