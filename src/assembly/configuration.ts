import type {
  Configuration,
  ConfigurationInForce,
  ReloadAttempt,
  ReloadCause,
  ReloadOutcome,
  ReloadRequest,
} from '../admin-api/ports/configuration.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { ConfigProblem } from '../config/config-problem.ts';
import { discreetProblem } from '../config/discreet-problem.ts';
import { takeConfig } from '../config/in-force.ts';
import type { ReadConfig } from '../config/load-apart.ts';
import { problemsAsJson } from '../config/report.ts';
import { platformAuditId, type AuditEvent } from '../core/audit.ts';
import type { Clock } from '../lib/clock.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { ConfigMetrics } from '../observability/config-metrics.ts';

export type GoodConfig = Extract<ReadConfig, { readonly kind: 'ok' }>;

export interface ConfigurationOptions {
  readonly started: GoodConfig;
  /** Reads gateway.yaml as it is now. */
  readonly read: () => Promise<ReadConfig>;
  /** Puts a configuration into force at once. */
  readonly swap: (config: GatewayConfig) => void;
  /** What people know this node by. */
  readonly nodeName: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ConfigMetrics;
}

const problemsLoggedMax = 20;

/** Reads gateway.yaml again whenever somebody asks, and puts it into force if it is good. */
export class ReloadableConfiguration implements Configuration {
  readonly #options: ConfigurationOptions;
  #inForce: ConfigurationInForce;
  #running: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
    const { started, clock, metrics } = options;
    const atMs = clock.now();
    this.#inForce = {
      config: started.config,
      ...started.shown,
      sinceMs: atMs,
      cause: 'start',
      needsRestart: [],
      lastAttempt: { atMs, cause: 'start', failure: undefined },
    };
    metrics.loaded(started.config.revision, atMs);
  }

  inForce(): ConfigurationInForce {
    return this.#inForce;
  }

  reload(request: ReloadRequest): Promise<ReloadOutcome> {
    return this.#inTurn(async () => this.#judge(await this.#options.read(), request));
  }

  /** From now on nothing comes into force any more. */
  close(): void {
    this.#isClosed = true;
  }

  #inTurn<Outcome>(task: () => Promise<Outcome>): Promise<Outcome> {
    const reloading = this.#running.then(task);
    this.#running = reloading.catch(() => undefined);
    return reloading;
  }

  /**
   * Reads a file that has changed by itself, and takes it when it makes sense.
   * @param isSettled whether what was read can be relied on to be what somebody meant
   */
  reloadSettled(
    request: ReloadRequest,
    isSettled: (isGood: boolean) => Promise<boolean>,
  ): Promise<ReloadOutcome | { readonly kind: 'unsettled' }> {
    return this.#inTurn(async () => {
      const found = await this.#options.read();
      return (await isSettled(found.kind === 'ok')) ? this.#judge(found, request) : { kind: 'unsettled' };
    });
  }

  /**
   * Shouts that the file cannot even be read again, such as for its absence.
   * @param failure a sentence that tells nothing of the file: `/readyz?verbose` asks for no credential
   */
  failed(cause: ReloadCause, failure: string): void {
    const { logger, metrics } = this.#options;
    metrics.attempted('failed');
    this.#attempted({ atMs: this.#options.clock.now(), cause, failure });
    logger.error({ cause, reason: failure }, `gateway.yaml is not taken; revision ${this.#revision} stays in force`);
  }

  /** For `/readyz?verbose`. */
  readonly note: StatusNote = {
    name: 'configuration',
    report: () => {
      const { lastAttempt, sinceMs, needsRestart } = this.#inForce;
      const since = `revision ${this.#revision}, in force since ${new Date(sinceMs).toISOString()}`;
      const waiting = needsRestart.length === 0 ? '' : `; waits for a restart: ${needsRestart.join(', ')}`;
      if (lastAttempt.failure === undefined) return { ok: true, detail: since + waiting };
      const tried = new Date(lastAttempt.atMs).toISOString();
      return { ok: false, detail: `the file was not taken at ${tried}: ${lastAttempt.failure}; ${since}${waiting}` };
    },
  };

  get #revision(): string {
    return this.#inForce.config.revision;
  }

  async #judge(found: ReadConfig, request: ReloadRequest): Promise<ReloadOutcome> {
    const { metrics } = this.#options;
    if (found.kind === 'invalid') return this.#refuse(found.problems, request);
    const { config, needsRestart } = takeConfig(this.#options.started.config, found.config);
    const previousRevision = this.#revision;
    const told = { revision: config.revision, previousRevision, needsRestart, warnings: found.warnings };
    if (config.revision === previousRevision) {
      metrics.attempted('unchanged');
      this.#attempted({ atMs: this.#options.clock.now(), cause: request.cause, failure: undefined });
      return { kind: 'unchanged', ...told };
    }
    const reason = await request.examine?.(config);
    if (reason !== undefined) return this.#decline(reason, request);
    if (this.#isClosed) return this.#decline('the gateway is shutting down', request);
    await request.record(this.#event(config, needsRestart, request.cause));
    this.#take({ ...found, config }, needsRestart, request.cause);
    return { kind: 'reloaded', ...told };
  }

  #take({ config, shown, warnings }: GoodConfig, needsRestart: readonly string[], cause: ReloadCause): void {
    const { swap, clock, logger, metrics } = this.#options;
    const previous = this.#revision;
    swap(config);
    const atMs = clock.now();
    const lastAttempt = { atMs, cause, failure: undefined };
    this.#inForce = { config, ...shown, sinceMs: atMs, cause, needsRestart, lastAttempt };
    metrics.loaded(config.revision, atMs);
    metrics.attempted('reloaded');
    const told = { cause, previous_revision: previous, warnings: warnings.length };
    logger.info(told, 'the configuration was reloaded');
    if (needsRestart.length > 0) logger.warn({ keys: needsRestart }, 'some changes of gateway.yaml wait for a restart');
  }

  /** What is told of a wrong file goes to logs and over the network. */
  #refuse(found: readonly ConfigProblem[], { cause }: ReloadRequest): ReloadOutcome {
    const problems = found.map(discreetProblem);
    const [first] = problems;
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    const place = first === undefined ? '' : `, the first at line ${first.line}`;
    const kind = first === undefined ? '' : ` (${first.code}${first.path === '' ? '' : ` at ${first.path}`})`;
    this.failed(cause, `${count}${place}${kind}`);
    const told = problemsAsJson(problems.slice(0, problemsLoggedMax));
    this.#options.logger.error({ problems: told }, 'the problems of gateway.yaml');
    return { kind: 'invalid', problems };
  }

  #decline(reason: string, { cause }: ReloadRequest): ReloadOutcome {
    const { logger, metrics } = this.#options;
    metrics.attempted('declined');
    logger.warn({ cause, reason }, 'a reload was declined');
    return { kind: 'declined', reason };
  }

  #attempted(lastAttempt: ReloadAttempt): void {
    this.#inForce = { ...this.#inForce, lastAttempt };
  }

  #event(config: GatewayConfig, needsRestart: readonly string[], cause: ReloadCause): AuditEvent {
    return {
      organizationId: platformAuditId,
      action: 'config.reload',
      target: { kind: 'configuration', id: this.#options.nodeName, name: config.file },
      before: { revision: this.#revision },
      after: { revision: config.revision, cause, needs_restart: [...needsRestart] },
    };
  }
}
