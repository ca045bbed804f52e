import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RunningRuntime } from '../../src/assembly/running-runtime.ts';
import type { GatewayConfig, HealthCheck, LimitsConfig, Upstream } from '../../src/config/compiled.ts';
import { identityPresets } from '../../src/core/identity.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { Route } from '../../src/core/route.ts';
import { compileRoutes } from '../../src/core/route-table.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import type { RawToken, TokenHash } from '../../src/core/token.ts';
import type { AssertionKeys } from '../../src/gateway/assertion.ts';
import type { HeaderSessions } from '../../src/core/redemption.ts';
import type { AssumeService } from '../../src/gateway/assume-endpoints.ts';
import { createProxyServer } from '../../src/gateway/listener.ts';
import { LiveConnections, type Freshness } from '../../src/gateway/live-connections.ts';
import type { ExchangeReport, ProxyDeps } from '../../src/gateway/passage.ts';
import type { Runtime } from '../../src/gateway/runtime.ts';
import type { SelfService } from '../../src/gateway/self-endpoints.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { HealthChecks } from '../../src/upstreams/health-checks.ts';
import { NodeCounts } from '../../src/limits/node-counts.ts';
import { RateLimiter } from '../../src/limits/rate-limiter.ts';
import { onCleanup } from './cleanup.ts';
import { routeFixture } from './route-fixture.ts';
import { TokenTable, type LookupHooks } from './token-table.ts';

const limitsFixture: LimitsConfig = {
  headerTimeoutMs: 10_000,
  bodyIdleMs: 10_000,
  keepAliveMs: 65_000,
  headerFields: 100,
  headerBytes: 16 * 1024,
  targetBytes: 8 * 1024,
  maxBodyBytes: 10 * 1024 * 1024,
  connections: 10_000,
  drainMs: 30_000,
};

export interface DataPlaneOptions extends LookupHooks {
  /** Origins or ports of the upstream `u`. */
  readonly targets: readonly (string | number)[];
  /** A public route for every path, unless given. */
  readonly routes?: readonly Route[];
  readonly limits?: Partial<LimitsConfig>;
  readonly config?: Partial<
    Pick<GatewayConfig, 'assertion' | 'identity' | 'trustedProxies' | 'roleScopes' | 'publicUrl'>
  >;
  /** Changes tokens that ask for it themselves. */
  readonly self?: SelfService;
  /** Opens and ends sessions of assumed users. */
  readonly assume?: AssumeService & HeaderSessions;
  readonly balance?: Upstream['balance'];
  /** To each target; 1024 unless given. */
  readonly maxConnections?: number;
  /** How targets are checked; not at all unless given. */
  readonly health?: HealthCheck | undefined;
  /** Of the connections to upstreams; routes have their own. */
  readonly connectMs?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** They sign assertions; without them none is sent. */
  readonly keys?: AssertionKeys;
  /** Counts requests to routes with a rate limit; this node alone, unless given. */
  readonly limiter?: ProxyDeps['limiter'];
  /** How well the node knows what has changed; up to date, unless given. */
  readonly freshness?: Freshness;
}

/** The data plane by itself: the proxy listener over an in-memory table of tokens. */
export interface DataPlane {
  readonly port: number;
  /** One for every exchange that is over. */
  readonly reports: readonly ExchangeReport[];
  /** What was answered to bytes that made no request. */
  readonly unparsable: readonly Problem[];
  /** What it failed at. A test file that leaves something here fails: whatever a test is about, the gateway must not. */
  readonly faults: unknown[];
  readonly tunnels: ReadonlySet<Duplex>;
  readonly lookups: readonly TokenHash[];
  /** Makes a token that is known, for an active person of acme but for what is given. */
  issue(given?: Partial<TokenRecord>, roles?: readonly string[]): RawToken;
  /** Of the newest configuration. */
  runtime(): Runtime;
  /** Of all exchanges under way. */
  readonly live: LiveConnections;
  /** What was ended under way: kind and reason. */
  readonly ended: readonly string[];
  /** What shadows said: by, route and result. */
  readonly shadows: readonly string[];
  /** What became of the health of targets: `healthy`, or what the last check met. */
  readonly healthChanges: readonly string[];
  /** Changes what is known about a token, and says so. */
  change(token: RawToken, change: (record: TokenRecord) => Partial<TokenRecord>): void;
  /** Puts another configuration into force. */
  reload(
    given: Pick<DataPlaneOptions, 'routes' | 'config'> &
      Partial<Pick<DataPlaneOptions, 'targets' | 'health' | 'maxConnections'>>,
  ): void;
  drain(): void;
  connections(): Promise<number>;
  /** The next report, or one that came before and was not awaited yet. */
  nextReport(): Promise<ExchangeReport>;
  close(): Promise<void>;
}

const noAssume: AssumeService = {
  redeem: () => Promise.reject(new Error('nobody is there to open sessions')),
  end: () => Promise.reject(new Error('nobody is there to end sessions')),
};
const noSelf: SelfService = { act: () => Promise.reject(new Error('nobody is there to change tokens')) };

/** A public route for everything. */
export const openRoute = (given: Partial<Route> = {}): Route =>
  routeFixture({ path: '/**', access: { kind: 'public' }, ...given });

/** Starts the data plane on a port of 127.0.0.1. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const tokens = new TokenTable(options);
  const config = configOf(options);
  const sessions = options.assume === undefined ? {} : { sessions: options.assume };
  const keys = options.keys ?? noKeys;
  const healthChanges: string[] = [];
  const health = new HealthChecks(systemClock, ({ isHealthy, failure }) => {
    healthChanges.push(isHealthy ? 'healthy' : (failure?.detail ?? ''));
  });
  const running = new RunningRuntime({ config }, { lookup: tokens, clock: systemClock, keys, health, ...sessions });
  const runtime = (): Runtime => running.current;
  const reports: ExchangeReport[] = [];
  const unparsable: Problem[] = [];
  const faults: unknown[] = [];
  let draining = false;
  let awaited = 0;
  const ended: string[] = [];
  const shadows: string[] = [];
  const live = new LiveConnections({
    clock: systemClock,
    runtime,
    freshness: options.freshness ?? { ageMs: () => 0, current: true },
    onEnded: (kind, reason) => ended.push(`${kind} ${reason}`),
    onFault: (error) => faults.push(error),
  });
  onCleanup(live.watch());
  const { server, tunnels } = createProxyServer(
    { limits: config.limits, tls: options.tls },
    {
      clock: systemClock,
      runtime,
      live,
      self: options.self ?? noSelf,
      assume: options.assume ?? noAssume,
      limiter: options.limiter ?? aloneLimiter(),
      isDraining: () => draining,
      onClosed: (report) => {
        reports.push(report);
        server.emit('report');
      },
      onShadow: ({ by, route, result }) => shadows.push(`${by} ${route ?? 'none'} ${result}`),
      onUnparsable: (problem) => unparsable.push(problem),
      onFault: (error) => faults.push(error),
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const plane: DataPlane = {
    port: (server.address() as AddressInfo).port,
    reports,
    unparsable,
    faults,
    tunnels,
    runtime,
    lookups: tokens.lookups,
    live,
    ended,
    shadows,
    healthChanges,
    issue: (given = {}, roles = []) => tokens.issue(given, roles),
    change(token, change) {
      const { id } = tokens.change(token, change);
      live.invalidated([id]);
    },
    reload(given) {
      running.replace(configOf({ ...options, ...given }));
      live.rejudgeAll();
    },
    drain: () => void (draining = true),
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    async nextReport() {
      const number = awaited++;
      for (;;) {
        const report = reports[number];
        if (report !== undefined) return report;
        await once(server, 'report');
      }
    },
    async close() {
      server.close();
      server.closeAllConnections();
      for (const tunnel of tunnels) tunnel.destroy();
      await running.close();
      if (faults.length > 0) throw new AggregateError(faults.splice(0), 'the gateway failed');
    },
  };
  onCleanup(() => plane.close());
  return plane;
}

function aloneLimiter(): RateLimiter {
  const own = new NodeCounts(systemClock);
  return new RateLimiter({ own, onLimited: () => undefined, onAlone: () => undefined });
}

const noKeys: AssertionKeys = {
  signing: () => {
    throw new Error('this data plane has no signing keys');
  },
  keySet: () => ({ text: '{"keys":[]}', etag: '"none"' }),
};

function configOf(options: DataPlaneOptions): GatewayConfig {
  const routes = options.routes ?? [openRoute()];
  const timeouts = { connectMs: options.connectMs ?? 2000, responseMs: 30_000, idleMs: 60_000 };
  const targets = options.targets.map((target) => (typeof target === 'number' ? `http://127.0.0.1:${target}` : target));
  const { balance = 'round_robin', maxConnections = 1024, health } = options;
  const listen = { host: '127.0.0.1', port: 0, tls: undefined };
  return {
    file: 'gateway.yaml',
    revision: '000000000000',
    publicUrl: undefined,
    listen: { proxy: listen, admin: listen, ops: undefined },
    trustedProxies: [],
    store: { postgres: undefined, redis: undefined, dataDir: './data' },
    cache: { entries: 1000, ttlMs: 30_000, negativeTtlMs: 5000, staleForMs: 60_000 },
    longestStaleForMs: 60_000,
    tokens: { prefix: 'wl', acceptPrefixes: [], defaultLifetimeMs: 90 * 86_400_000, maxLifetimeMs: 366 * 86_400_000 },
    assume: { lifetimes: new Map([['2h', 7_200_000]]), requireReason: true },
    tokenPolicy: { maxLifetimeMs: 366 * 86_400_000, sessionMaxMs: 43_200_000 },
    audit: { retentionMs: Infinity },
    accessLog: { oneSuccessIn: 1 },
    limits: { ...limitsFixture, ...options.limits },
    scopes: new Map(),
    projects: [],
    roleScopes: new Map(),
    identity: { preset: 'wayleave', headers: identityPresets.wayleave },
    assertion: { enabled: options.keys !== undefined, lifetimeMs: 60_000, algorithm: 'ES256' },
    webhooks: [],
    upstreams: new Map([['u', { name: 'u', targets, balance, timeouts, maxConnections, health }]]),
    routes,
    table: compileRoutes(routes),
    ...options.config,
  };
}
