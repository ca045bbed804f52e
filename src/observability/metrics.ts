import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { ConfigMetrics } from './config-metrics.ts';
import { LiveMetrics } from './live-metrics.ts';
import { NodeMetrics } from './node-metrics.ts';
import { RateLimitMetrics } from './rate-limit-metrics.ts';
import { RedisMetrics } from './redis-metrics.ts';
import { WebhookMetrics } from './webhook-metrics.ts';
import { UpstreamHealthMetrics } from './upstream-metrics.ts';
import { TokenMetrics } from './token-metrics.ts';
import { ShadowMetrics } from './shadow-metrics.ts';
import { TalliedCounter, TalliedHistogram, type Cell } from './tally.ts';
import { memoised } from '../lib/memoised.ts';

/** What a route counts; made once for each route, so that a request costs two calls. */
interface RouteMetrics {
  observe(method: string, status: number, durationMs: number): void;
}

interface UpstreamMetrics {
  observe(outcome: string, durationMs: number | undefined): void;
}

export type CacheTier = 'memory' | 'redis' | 'postgres';
export type CacheResult = 'hit' | 'absent' | 'miss' | 'stale';

/** What gateway.yaml, and a shadow of it, give names to. */
export interface NamesInForce {
  readonly routes: ReadonlySet<string>;
  readonly shadowRoutes: ReadonlySet<string>;
  readonly upstreams: ReadonlySet<string>;
}

/** The label of requests that no route took. */
const noRoute = 'none';

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Everything that `/metrics` shows. Labels are bounded: routes and upstreams come from gateway.yaml, and methods
 * outside the known ones count as `other`. No label is a path, a token or a user.
 */
export class GatewayMetrics {
  readonly #registry = new Registry();
  /** How well this node and the others keep in step. */
  readonly nodes = new NodeMetrics(this.#registry);
  /** How Redis does, and what in it is not believed. */
  readonly redis = new RedisMetrics(this.#registry);
  /** How targets of webhooks take what they are told. */
  readonly webhooks = new WebhookMetrics(this.#registry);
  /** What is under way on the proxy listener. */
  readonly live = new LiveMetrics(this.#registry);
  /** How targets of upstreams are. */
  readonly upstreamHealth = new UpstreamHealthMetrics(this.#registry);
  /** What becomes of tokens. */
  readonly tokens = new TokenMetrics(this.#registry);
  /** What shadows would have decided. */
  readonly shadows = new ShadowMetrics(this.#registry);
  /** How rate limits are counted. */
  readonly rateLimits = new RateLimitMetrics(this.#registry);
  /** What the gateway runs by. */
  readonly config = new ConfigMetrics(this.#registry);
  readonly #routes = new Map<string, RouteMetrics>();
  readonly #upstreams = new Map<string, UpstreamMetrics>();
  readonly #lookupCells = {
    memory: new Map<CacheResult, Cell>(),
    redis: new Map<CacheResult, Cell>(),
    postgres: new Map<CacheResult, Cell>(),
  };
  readonly #outcomes = new Map<string | undefined, Cell>();
  #settle = (): void => undefined;
  #names: NamesInForce | undefined;
  readonly #requests = this.#tally('requests_total', 'Requests answered', ['route', 'method', 'status']);
  readonly #durations = this.#histogram('request_duration_seconds', 'From the first byte to the last', 'route');
  readonly #decisions = this.#tally('auth_decisions_total', 'Decisions on requests', ['result', 'reason']);
  readonly #lookups = this.#tally('cache_lookups_total', 'Token lookups by tier', ['tier', 'result']);
  readonly #stale = this.#tally('stale_requests_total', 'Requests let through on a record no store could confirm', [
    'route',
  ]);
  readonly #preflights = this.#tally('preflights_total', 'Pre-flights of browsers that the gateway answered', [
    'route',
    'result',
  ]);
  readonly #usageDropped = this.#counter('usage_dropped_total', 'Uses of tokens that could not be written down', []);
  readonly #decisionsDropped = this.#counter(
    'decisions_dropped_total',
    'Decisions that could not be remembered for a replay',
    [],
  );
  readonly #auditAlarms = this.#counter('audit_alarms_total', 'Ends of audit logs that somebody had changed', []);
  readonly #storeErrors = this.#counter('store_errors_total', 'Store calls that failed or came too late', []);
  readonly #upstreamRequests = this.#tally('upstream_requests_total', 'Requests for an upstream', [
    'upstream',
    'outcome',
  ]);
  readonly #upstreamDurations = this.#histogram('upstream_duration_seconds', 'Until the answer began', 'upstream');
  readonly #adminRequests = this.#counter('admin_requests_total', 'Calls of the admin API', ['call', 'status']);
  readonly #buildInfo = this.#gauge('build_info', 'The version that runs', ['version']);
  readonly #connections = this.#gauge('connections', 'Client connections open on the proxy listener', []);

  constructor(version: string) {
    collectDefaultMetrics({ register: this.#registry });
    this.#buildInfo.set({ version }, 1);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** @param settle counts what has happened and is not counted yet */
  beforeReading(settle: () => void): void {
    this.#settle = settle;
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    this.#settle();
    // A request that began before a reload may have been counted since for a route that is gone.
    if (this.#names !== undefined) this.reloaded(this.#names);
    return this.#registry.metrics();
  }

  /** Drops the series of routes and upstreams that a reload has removed: nobody counts them any more. */
  reloaded(names: NamesInForce): void {
    this.#names = names;
    const isRoute = (route: string): boolean => route === noRoute || names.routes.has(route);
    const isUpstream = (upstream: string): boolean => names.upstreams.has(upstream);
    for (const route of this.#routes.keys()) if (!isRoute(route)) this.#routes.delete(route);
    for (const upstream of this.#upstreams.keys()) if (!isUpstream(upstream)) this.#upstreams.delete(upstream);
    for (const counter of [this.#requests, this.#stale, this.#preflights]) counter.keep('route', isRoute);
    this.#durations.keep(isRoute);
    this.#upstreamRequests.keep('upstream', isUpstream);
    this.#upstreamDurations.keep(isUpstream);
    this.shadows.keep((route) => names.routes.has(route) || names.shadowRoutes.has(route));
  }

  /** Counts an answered request. @param route undefined: no route took it */
  answered(route: string | undefined, method: string, status: number, durationMs: number): void {
    this.#route(route ?? noRoute).observe(method, status, durationMs);
  }

  /** Counts a decision. @param denial the problem code; undefined: it was allowed */
  decided(denial: string | undefined): void {
    memoised(this.#outcomes, denial, () => {
      if (denial === undefined) return this.#decisions.cell('allowed', 'none');
      return this.#decisions.cell(denial === 'store_unavailable' ? 'error' : 'denied', denial);
    }).count++;
  }

  /** Counts a request that was let through while no store could confirm its token. */
  servedStale(route: string): void {
    this.#stale.cell(route).count++;
  }

  /** Counts a browser's pre-flight. */
  preflight(route: string, isGranted: boolean): void {
    this.#preflights.cell(route, isGranted ? 'granted' : 'origin_denied').count++;
  }

  usageDropped(uses: number): void {
    this.#usageDropped.inc(uses);
  }

  decisionsDropped(requests: number): void {
    this.#decisionsDropped.inc(requests);
  }

  auditAlarm(): void {
    this.#auditAlarms.inc();
  }

  /**
   * Counts a request for an upstream, and how long its answer took to begin.
   * @param untilAnswerMs undefined: no target took it
   */
  sentOn(upstream: string, outcome: string, untilAnswerMs: number | undefined): void {
    this.#upstream(upstream).observe(outcome, untilAnswerMs);
  }

  #route(name: string): RouteMetrics {
    return memoised(this.#routes, name, () => {
      const durations = this.#durations.of(name);
      const cells = new Map<string, Cell[]>();
      return {
        observe: (method, status, durationMs) => {
          const label = knownMethods.has(method) ? method : 'other';
          const byStatus = memoised(cells, label, () => []);
          (byStatus[status] ??= this.#requests.cell(name, label, String(status))).count++;
          durations.observe(durationMs / 1000);
        },
      };
    });
  }

  #upstream(name: string): UpstreamMetrics {
    return memoised(this.#upstreams, name, () => {
      const durations = this.#upstreamDurations.of(name);
      const cells = new Map<string, Cell>();
      return {
        observe: (outcome, durationMs) => {
          memoised(cells, outcome, () => this.#upstreamRequests.cell(name, outcome)).count++;
          if (durationMs !== undefined) durations.observe(durationMs / 1000);
        },
      };
    });
  }

  cacheLookup(tier: CacheTier, result: CacheResult): void {
    memoised(this.#lookupCells[tier], result, () => this.#lookups.cell(tier, result)).count++;
  }

  storeError(): void {
    this.#storeErrors.inc();
  }

  /** @param call the call's path template, not its path */
  adminRequest(call: string, status: number): void {
    this.#adminRequests.inc({ call, status: String(status) });
  }

  connectionOpened(): void {
    this.#connections.inc();
  }

  connectionClosed(): void {
    this.#connections.dec();
  }

  #counter<Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> {
    return new Counter({ name: `wayleave_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: Label[]): Gauge<Label> {
    return new Gauge({ name: `wayleave_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #tally(name: string, help: string, labelNames: string[]): TalliedCounter {
    return new TalliedCounter({ name: `wayleave_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #histogram(name: string, help: string, label: string): TalliedHistogram {
    const configuration = { name: `wayleave_${name}`, help, labelNames: [label], registers: [this.#registry] };
    return new TalliedHistogram(configuration, label, secondsBuckets);
  }
}
