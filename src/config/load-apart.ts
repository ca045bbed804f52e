import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Route } from '../core/route.ts';
import { compileRoutes } from '../core/route-table.ts';
import type { GatewayConfig } from './compiled.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Environment } from './environment.ts';
import type { ShownFile } from './load.ts';

/** A gateway.yaml that has been read. */
export type ReadConfig =
  | {
      readonly kind: 'ok';
      readonly config: GatewayConfig;
      readonly shown: ShownFile;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

/** What the thread is given. */
export interface LoadTask {
  readonly file: string;
  readonly environment: Environment;
}

/** What the thread says: routes piece by piece, so that no message holds up the event loop for long, then the rest. */
export type LoadReport =
  | { readonly kind: 'routes'; readonly routes: readonly Route[] }
  | {
      readonly kind: 'ok';
      readonly config: Omit<GatewayConfig, 'routes' | 'table'>;
      readonly shown: ShownFile;
      readonly warnings: readonly ConfigProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] };

const deadlineMs = 60_000;
/** Many times what 10,000 routes take. */
const memoryMaxMb = 1024;

/** Reads a gateway.yaml in a thread of its own, so that requests are served meanwhile. Never rejects. */
export async function loadConfigApart(file: string, environment: Environment): Promise<ReadConfig> {
  if (await isNoFile(file)) return unreadable(file, 'it is no file');
  const worker = startThread({ file, environment });
  try {
    return await hear(worker);
  } catch (error) {
    return unreadable(file, error instanceof Error ? error.message : String(error));
  } finally {
    // Nothing is left to be done there, and a thread that hangs in the system cannot be waited for.
    void worker.terminate();
  }
}

/** A pipe or a device could keep whoever reads it waiting for ever. What is not there is told of by the loader. */
async function isNoFile(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function hear(worker: Worker): Promise<ReadConfig> {
  const routes: Route[] = [];
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no end after ${deadlineMs / 1000} s`)), deadlineMs);
    const settle = (read: ReadConfig): void => {
      clearTimeout(timer);
      resolve(read);
    };
    worker.on('message', (report: LoadReport) => {
      if (report.kind === 'invalid') settle(report);
      else if (report.kind === 'routes') routes.push(...report.routes);
      else settle({ ...report, config: { ...report.config, routes, table: compileRoutes(routes) } });
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      clearTimeout(timer);
      reject(new Error('its thread ended'));
    });
  });
}

/** Starts the code of the thread that lies beside this file, compiled when this file is. */
function startThread(workerData: LoadTask): Worker {
  const options = {
    name: 'gateway.yaml',
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: memoryMaxMb },
  };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./load-worker.js', import.meta.url), options);
  const source = new URL('./load-worker.ts', import.meta.url);
  if ('typescript' in process.features && process.features.typescript !== false) return new Worker(source, options);
  // Development on a Node that reads no TypeScript: tsx is not in a thread just because it is in the program.
  const tsx = import.meta.resolve('tsx/esm/api');
  const [from, entry] = [JSON.stringify(tsx), JSON.stringify(source.href)];
  const code = `import(${from}).then(({ tsImport }) => tsImport(${entry}, ${entry}));`;
  return new Worker(code, { ...options, eval: true });
}

function unreadable(file: string, reason: string): ReadConfig {
  const problem: ConfigProblem = {
    file,
    line: 1,
    column: 1,
    endColumn: 1,
    severity: 'error',
    code: 'file-unreadable',
    path: '',
    message: `${file} could not be read to its end: ${reason}`,
    fix: undefined,
    excerpt: [],
  };
  return { kind: 'invalid', problems: [problem] };
}
