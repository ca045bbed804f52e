import { Counter, Gauge, type Registry } from 'prom-client';

/** What came of reading gateway.yaml again. */
export type ReloadResult = 'reloaded' | 'unchanged' | 'failed' | 'declined';

/** Metrics of the configuration in force. */
export class ConfigMetrics {
  readonly #info: Gauge<'revision'>;
  readonly #reloads: Counter<'result'>;
  readonly #succeeded: Gauge;
  readonly #loadedAt: Gauge;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#info = new Gauge({
      name: 'wayleave_config_info',
      help: 'The configuration in force',
      labelNames: ['revision'],
      registers,
    });
    this.#reloads = new Counter({
      name: 'wayleave_config_reloads_total',
      help: 'Attempts to take gateway.yaml anew',
      labelNames: ['result'],
      registers,
    });
    this.#succeeded = new Gauge({
      name: 'wayleave_config_last_reload_success',
      help: '1 when the last attempt found a good gateway.yaml, 0 when an older one stays in force',
      registers,
    });
    this.#loadedAt = new Gauge({
      name: 'wayleave_config_last_reload_success_timestamp_seconds',
      help: 'When the configuration in force was loaded',
      registers,
    });
  }

  /** A configuration came into force. @param atMs epoch milliseconds */
  loaded(revision: string, atMs: number): void {
    this.#info.reset();
    this.#info.set({ revision }, 1);
    this.#succeeded.set(1);
    this.#loadedAt.set(atMs / 1000);
  }

  attempted(result: ReloadResult): void {
    this.#reloads.inc({ result });
    if (result === 'failed' || result === 'unchanged') this.#succeeded.set(result === 'failed' ? 0 : 1);
  }
}
