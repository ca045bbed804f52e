import { basename } from 'node:path';
import type { Configuration } from '../admin-api/ports/configuration.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { ShownFile } from '../config/load.ts';
import type { ReadConfig } from '../config/load-apart.ts';
import { FileWatch } from '../config/load-watch.ts';
import type { Clock } from '../lib/clock.ts';
import type { LiveConnections } from '../gateway/live-connections.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { LoggedReloads } from './reload-record.ts';
import { ReloadableConfiguration } from './configuration.ts';
import type { RunningRuntime } from './running-runtime.ts';
import type { Stores } from './stores.ts';
import { followShadowFile, type ShadowSource } from './shadow-file.ts';
import { UnattendedReloads } from './unattended-reloads.ts';

/** Where the configuration comes from. */
export interface ConfigSource {
  /** The file that the gateway was started with, as others may see it. */
  readonly shown: ShownFile;
  /** Reads the file as it is now. */
  readonly read: () => Promise<ReadConfig>;
}

export interface ReloadingOptions {
  readonly started: GatewayConfig;
  readonly source: ConfigSource;
  /** When the file was read, in epoch milliseconds; undefined: its changes are taken only when told. */
  readonly watchSinceMs: number | undefined;
  readonly shadow: ShadowSource | undefined;
  readonly stores: Pick<Stores, 'changes' | 'coordination'>;
  readonly running: RunningRuntime;
  readonly live: Pick<LiveConnections, 'rejudgeAll'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** What takes a new gateway.yaml while the gateway runs. */
export interface Reloading {
  readonly configuration: Configuration;
  readonly notes: readonly StatusNote[];
  readonly reload: UnattendedReloads['reload'];
  close(): Promise<void>;
}

/** Joins the parts. */
export function takeReloads(options: ReloadingOptions): Reloading {
  const { started, source, stores, running, live, clock, logger, metrics } = options;
  const configuration = new ReloadableConfiguration({
    started: { kind: 'ok', config: started, shown: source.shown, warnings: [] },
    read: source.read,
    swap: (config) => {
      running.replace(config);
      live.rejudgeAll();
      metrics.reloaded(running.names());
    },
    nodeName: stores.coordination.name,
    clock,
    logger,
    metrics: metrics.config,
  });
  const unattended = new UnattendedReloads({ configuration, record: new LoggedReloads(stores.changes), logger });
  const watch = watchFile(options, configuration, unattended);
  const { shadow, watchSinceMs } = options;
  const swapShadow = (config: GatewayConfig): void => {
    running.replaceShadow(config);
    metrics.reloaded(running.names());
  };
  const shadowFile = shadow && followShadowFile({ source: shadow, watchSinceMs, swap: swapShadow, clock, logger });
  return {
    configuration,
    notes: [configuration.note, ...(shadowFile === undefined ? [] : [shadowFile.note])],
    reload: async () => {
      await Promise.all([unattended.reload(), shadowFile?.reload()]);
    },
    close: async () => {
      configuration.close();
      await watch?.close();
      await shadowFile?.close();
      await unattended.close();
    },
  };
}

function watchFile(
  { started, watchSinceMs, clock, logger }: ReloadingOptions,
  configuration: ReloadableConfiguration,
  unattended: UnattendedReloads,
): FileWatch | undefined {
  if (watchSinceMs === undefined) return undefined;
  const watch = new FileWatch({
    file: started.file,
    readAtMs: watchSinceMs,
    clock,
    onChanged: (settling) => unattended.reloadChanged(settling),
    onGone: () => configuration.failed('file', `there is no file ${basename(started.file)} any more`),
    onFault: (error) => logger.error({ err: error }, 'gateway.yaml could not be looked at'),
  });
  watch.start();
  return watch;
}
