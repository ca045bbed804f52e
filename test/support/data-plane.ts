import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { GatewayConfig, LimitsConfig } from '../../src/config/compiled.ts';
import { identityPresets } from '../../src/core/identity.ts';
import type { Problem } from '../../src/core/problem.ts';
import type { Route } from '../../src/core/route.ts';
import { compileRoutes } from '../../src/core/route-table.ts';
import type { LookupOutcome, TokenLookup } from '../../src/core/token-lookup.ts';
import type { TokenRecord } from '../../src/core/token-record.ts';
import { hashToken, mintToken, type RawToken, type TokenHash } from '../../src/core/token.ts';
import { createProxyServer } from '../../src/gateway/listener.ts';
import type { ExchangeReport } from '../../src/gateway/proxy.ts';
import { createRuntime } from '../../src/gateway/runtime.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { onCleanup } from './cleanup.ts';
import { recordFixture } from './record-fixture.ts';
import { routeFixture } from './route-fixture.ts';

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

export interface DataPlaneOptions {
  /** Origins or ports of the upstream `u`. */
  readonly targets: readonly (string | number)[];
  /** A public route for every path, unless given. */
  readonly routes?: readonly Route[];
  readonly limits?: Partial<LimitsConfig>;
  readonly config?: Partial<Pick<GatewayConfig, 'identity' | 'trustedProxies' | 'roleScopes' | 'publicUrl'>>;
  /** Of the connections to upstreams; routes have their own. */
  readonly connectMs?: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Runs before each lookup: may wait, or throw what a broken store throws. */
  readonly beforeLookup?: () => Promise<void>;
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
  drain(): void;
  connections(): Promise<number>;
  /** The next report, or one that came before and was not awaited yet. */
  nextReport(): Promise<ExchangeReport>;
  close(): Promise<void>;
}

/** A public route for everything. */
export const openRoute = (given: Partial<Route> = {}): Route =>
  routeFixture({ path: '/**', access: { kind: 'public' }, ...given });

/** Starts the data plane on a port of 127.0.0.1. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const records = new Map<TokenHash, TokenRecord>();
  const lookups: TokenHash[] = [];
  const lookup: TokenLookup = {
    async find(hash): Promise<LookupOutcome> {
      lookups.push(hash);
      await options.beforeLookup?.();
      const record = records.get(hash);
      return record === undefined ? { kind: 'absent' } : { kind: 'found', record, source: 'memory' };
    },
  };
  const config = configOf(options);
  const runtime = createRuntime(config, lookup, systemClock);
  const reports: ExchangeReport[] = [];
  const unparsable: Problem[] = [];
  const faults: unknown[] = [];
  let draining = false;
  let awaited = 0;
  const { server, tunnels } = createProxyServer(
    { limits: config.limits, tls: options.tls },
    {
      clock: systemClock,
      runtime: () => runtime,
      isDraining: () => draining,
      onClosed: (report) => {
        reports.push(report);
        server.emit('report');
      },
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
    lookups,
    issue(given = {}, roles = []) {
      const token = mintToken('wl', 'pat');
      records.set(hashToken(token), recordFixture(given, roles));
      return token;
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
      await runtime.pools.destroy();
      if (faults.length > 0) throw new AggregateError(faults.splice(0), 'the gateway failed');
    },
  };
  onCleanup(() => plane.close());
  return plane;
}

function configOf(options: DataPlaneOptions): GatewayConfig {
  const routes = options.routes ?? [openRoute()];
  const timeouts = { connectMs: options.connectMs ?? 2000, responseMs: 30_000, idleMs: 60_000 };
  const targets = options.targets.map((target) => (typeof target === 'number' ? `http://127.0.0.1:${target}` : target));
  const listen = { host: '127.0.0.1', port: 0, tls: undefined };
  return {
    file: 'gateway.yaml',
    revision: '000000000000',
    publicUrl: undefined,
    listen: { proxy: listen, admin: listen, ops: undefined },
    trustedProxies: [],
    store: { postgres: undefined, dataDir: './data' },
    cache: { entries: 1000, ttlMs: 30_000, negativeTtlMs: 5000, staleForMs: 60_000 },
    tokens: { prefix: 'wl', acceptPrefixes: [], defaultLifetimeMs: 90 * 86_400_000, maxLifetimeMs: 366 * 86_400_000 },
    limits: { ...limitsFixture, ...options.limits },
    scopes: new Map(),
    projects: [],
    roleScopes: new Map(),
    identity: { preset: 'wayleave', headers: identityPresets.wayleave },
    upstreams: new Map([['u', { name: 'u', targets, timeouts }]]),
    routes,
    table: compileRoutes(routes),
    ...options.config,
  };
}
