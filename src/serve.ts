import { setTimeout } from 'node:timers/promises';
import { createAdminApp } from './admin-api/app.ts';
import { readConsoleAssets } from './admin-api/console-assets.ts';
import type { AdminDeps } from './admin-api/context.ts';
import { requestListener } from './admin-api/listener.ts';
import { createOpsApp } from './admin-api/probes.ts';
import type { GatewayConfig, Listen } from './config/compiled.ts';
import { StoreUnavailable } from './core/store-unavailable.ts';
import { openSecretKey } from './db/secret-key.ts';
import type { StoreLocation } from './db/store.ts';
import { joinAdminDeps } from './assembly/admin-deps.ts';
import { Closers } from './assembly/closers.ts';
import { openDataPlane } from './assembly/data-plane.ts';
import { explainDecisions } from './assembly/explaining.ts';
import { watchEndedSecrets } from './assembly/ended-secrets.ts';
import type { Clock } from './lib/clock.ts';
import { isLoopback } from './config/loopback.ts';
import { joinAssuming, joinOwnServices } from './assembly/assuming.ts';
import { watchLive } from './assembly/live.ts';
import { closeWithin, createServer, open } from './assembly/listeners.ts';
import { createReadiness } from './observability/health.ts';
import { createLogger, openLogDestination, type Logger } from './observability/logger.ts';
import { GatewayMetrics } from './observability/metrics.ts';
import { limitRates } from './assembly/rate-limiting.ts';
import { openSigning } from './assembly/signing.ts';
import { takeReloads, type ConfigSource, type Reloading } from './assembly/reloading.ts';
import type { ShadowSource } from './assembly/shadow-file.ts';
import { RunningRuntime, type InForce } from './assembly/running-runtime.ts';
import { watchHealth } from './assembly/upstream-health.ts';
import { openStores, type Stores } from './assembly/stores.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly source: ConfigSource;
  /** Another gateway.yaml, which decides beside. */
  readonly shadow: ShadowSource | undefined;
  /** When the file was read, in epoch milliseconds; later changes are taken. undefined: only when told. */
  readonly watchSinceMs: number | undefined;
  readonly store: StoreLocation;
  /** WAYLEAVE_SECRET_KEY; the embedded store makes its own. */
  readonly secretKey: string | undefined;
  readonly version: string;
  readonly clock: Clock;
  /** How long a stop goes on accepting, so that load balancers see `/readyz` say no first. */
  readonly graceMs: number;
  /** Told when the gateway cannot go on, because its embedded store has ended by itself. */
  readonly onLost: (reason: Error) => void;
}

export interface Gateway {
  readonly stores: Stores;
  /** The ports in use, which the system chose where gateway.yaml says 0. */
  readonly ports: { readonly proxy: number; readonly admin: number; readonly ops: number | undefined };
  /** Reads gateway.yaml again and puts it into force if it is good. Never rejects. */
  readonly reload: Reloading['reload'];
  /** Lets requests under way finish, then closes everything in the reverse order of its making. Safe to repeat. */
  stop(): Promise<void>;
}

/** How long a store that is there may have no time for a start, as when many nodes begin at once. */
const startPatienceMs = 15_000;
const startPauseMs = 500;

/**
 * Builds the gateway from its configuration and opens its listeners.
 * @throws StoreSetupError or ListenError, with a sentence for whoever starts it; then everything is closed again
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const giveUpAtMs = options.clock.monotonic() + startPatienceMs;
  for (;;) {
    const closers = new Closers();
    try {
      return await build(options, closers);
    } catch (error) {
      await closers.run();
      if (!(error instanceof StoreUnavailable) || options.clock.monotonic() >= giveUpAtMs) throw error;
    }
    await setTimeout(startPauseMs);
  }
}

async function build(options: GatewayOptions, closers: Closers): Promise<Gateway> {
  const { config, clock } = options;
  const output = openLogDestination();
  const logger = createLogger({ destination: output, revision: () => currentConfig().revision });
  const metrics = new GatewayMetrics(options.version);
  const inForce: InForce = { config, shadow: options.shadow?.config };
  const currentConfig = (): GatewayConfig => inForce.config;
  const { store: location, onLost, version } = options;
  const secretKey = openSecretKey(location, options.secretKey);
  const told = { clock, logger, metrics };
  const stores = await openStores({ location, secretKey, config, currentConfig, version, onLost, ...told });
  closers.add(() => stores.close());
  const { coordination } = stores;
  const signing = await openSigning({ stores, secretKey, config, clock, logger });
  closers.add(() => signing.close());
  const redemption = joinAssuming({ changes: stores.changes, clock, config: currentConfig });
  const { lookup } = stores;
  const health = watchHealth({ clock, logger, metrics });
  const parts = { lookup, sessions: redemption, clock, keys: signing.keys, health: health.checks };
  const runtimes = new RunningRuntime(inForce, parts);
  closers.add(() => runtimes.close());
  const { live, stop: stopLive } = watchLive({ stores, clock, logger, metrics, runtime: () => runtimes.current });
  closers.add(stopLive);
  const { source, shadow, watchSinceMs } = options;
  const reloads = { started: config, source, shadow, watchSinceMs, stores, running: runtimes, live };
  const reloading = takeReloads({ ...reloads, clock, logger, metrics });
  closers.add(() => reloading.close());
  const limiting = limitRates({ config, clock, logger, metrics });
  closers.add(() => limiting.close());
  const notes = [coordination.note, limiting.note, health.note, ...reloading.notes];
  const readiness = createReadiness([{ name: 'store', run: () => stores.check() }], undefined, notes);
  const endedSecrets = watchEndedSecrets({ changes: stores.changes, clock, logger, metrics });
  const console = await readConsoleAssets(consoleFolder);
  const { explanations, recent, stop } = explainDecisions({ stores, runtime: () => runtimes.current, clock, logger });
  closers.add(stop);
  const common = { stores, redemption, live, endedSecrets, readiness, clock, logger, metrics, version };
  const adminDeps = joinAdminDeps({ ...common, reloading, currentConfig, console, explanations });
  const { admin, ops } = await openControlPlane(adminDeps, closers);
  const own = joinOwnServices(redemption, adminDeps);
  const { graceMs } = options;
  const plane = { ...common, config, graceMs, output, runtimes, own, recent, limiter: limiting.limiter };
  const proxy = await openDataPlane(plane, closers);
  warnOfPlainText(config, logger);
  coordination.listensAt(`${config.listen.proxy.host}:${proxy}`);
  logger.info({ listen: { proxy, admin, ops }, store: stores.kind }, 'serving');
  return { stores, ports: { proxy, admin, ops }, reload: reloading.reload, stop: () => closers.run() };
}

function warnOfPlainText({ listen }: GatewayConfig, logger: Logger): void {
  const { host, tls } = listen.proxy;
  if (tls !== undefined || isLoopback(host)) return;
  const advice = 'listen.proxy has no tls: unless a proxy in front ends TLS, tokens cross the network readable';
  logger.warn({ host }, advice);
}

/** The console as the build puts it: beside the compiled program, or in dist/ when the sources run unbuilt. */
const consoleFolder = new URL(import.meta.url.endsWith('.ts') ? '../dist/console' : './console', import.meta.url)
  .pathname;

/** The admin API may still be asked while the data plane drains, so it opens first and closes last. */
async function openControlPlane(
  deps: AdminDeps,
  closers: Closers,
): Promise<{ admin: number; ops: number | undefined }> {
  const { listen } = deps.currentConfig();
  const openOne = async (name: string, at: Listen, handler: ReturnType<typeof requestListener>): Promise<number> => {
    const server = createServer(at, (req, res) => void handler(req, res));
    const port = await open(server, name, at);
    closers.add(() => closeWithin(server, controlDrainMs));
    return port;
  };
  const admin = await openOne('admin', listen.admin, requestListener(createAdminApp(deps), deps.logger));
  if (listen.ops === undefined) return { admin, ops: undefined };
  return { admin, ops: await openOne('ops', listen.ops, requestListener(createOpsApp(deps), deps.logger)) };
}

const controlDrainMs = 2000;
