import { parentPort, workerData } from 'node:worker_threads';
import type { LoadReport, LoadTask } from './load-apart.ts';
import { loadConfig } from './load.ts';

const routesPerMessage = 250;

/** The thread that reads a gateway.yaml and tells what is in it. */
function run(port: NonNullable<typeof parentPort>, { file, environment }: LoadTask): void {
  const tell = (report: LoadReport): void => port.postMessage(report);
  const outcome = loadConfig(file, environment);
  if (outcome.kind === 'invalid') return tell(outcome);
  const { config, shown, warnings } = outcome;
  // The table is made anew from the routes, which costs less than to hand it over.
  const { routes, table: _table, ...rest } = config;
  for (let at = 0; at < routes.length; at += routesPerMessage) {
    tell({ kind: 'routes', routes: routes.slice(at, at + routesPerMessage) });
  }
  return tell({ kind: 'ok', config: rest, shown, warnings });
}

if (parentPort !== null) run(parentPort, workerData as LoadTask);
