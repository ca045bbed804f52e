import { once } from 'node:events';
import { createServer } from 'node:http';
import { createAdminApp } from '../../../src/admin-api/app.ts';
import type { ConsoleAssets } from '../../../src/admin-api/console-assets.ts';
import { requestListener } from '../../../src/admin-api/listener.ts';
import type { AdminDeps, AdminStores } from '../../../src/admin-api/context.ts';
import { joinAssuming } from '../../../src/assembly/assuming.ts';
import type { GatewayConfig } from '../../../src/config/compiled.ts';
import type { TokenLookup } from '../../../src/core/token-lookup.ts';
import { mintToken } from '../../../src/core/token.ts';
import { readDecisions } from '../../../src/assembly/past-decisions.ts';
import { RunningExplanations } from '../../../src/explanation/running-explanations.ts';
import { bearerAuthentication, type Authenticate } from '../../../src/gateway/authenticate.ts';
import { systemClock, type Clock } from '../../../src/lib/clock.ts';
import { createReadiness } from '../../../src/observability/health.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { GatewayMetrics } from '../../../src/observability/metrics.ts';
import { PostgresDeliveryList } from '../../../src/webhooks/postgres-delivery-list.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { lineCollector } from '../../observability/lines.ts';
import { AdminClient } from './client.ts';
import { configFixture } from './config.ts';
import { People } from './people.ts';
import { openStores } from './stores.ts';

export interface WorldOptions {
  readonly console?: ConsoleAssets;
  readonly config?: Partial<GatewayConfig>;
  readonly clock?: Clock;
  /** Stands in for some of the stores. */
  readonly stores?: (stores: AdminStores) => AdminStores;
  /** What receipts say; without it, of one node alone. */
  readonly receipts?: AdminDeps['receipts'];
  readonly refusals?: AdminDeps['refusals'];
  readonly sessionUses?: AdminDeps['sessionUses'];
  readonly nodes?: AdminDeps['nodes'];
  readonly live?: AdminDeps['live'];
  readonly explanations?: AdminDeps['explanations'];
  readonly endedSecrets?: AdminDeps['endedSecrets'];
  readonly configuration?: AdminDeps['configuration'];
}

const oneNode = { nodesExpected: 1, nodesConfirmed: 1, silent: [], boundMs: 62_000 };

/** The admin API on a real listener and a real Postgres, with two organisations besides `platform`. */
export async function openWorld(options: WorldOptions = {}) {
  const clock = options.clock ?? systemClock;
  const opened = await openStores(clock);
  const log = lineCollector();
  const config = configFixture(options.config);
  const deps: AdminDeps = {
    stores: options.stores?.(opened.stores) ?? opened.stores,
    lookup: opened.lookup,
    redemption: joinAssuming({ changes: opened.changes, clock, config: () => config }),
    sessionUses: options.sessionUses ?? { note: () => undefined },
    receipts: options.receipts ?? { settle: () => Promise.resolve(oneNode) },
    refusals: options.refusals ?? { note: () => undefined },
    nodes: options.nodes ?? { list: () => Promise.resolve([]) },
    webhooks: new PostgresDeliveryList(opened.database),
    explanations:
      options.explanations ??
      new RunningExplanations({
        rules: () => ({ config, authenticate: authenticationOf(config, opened.lookup, clock) }),
        clock,
        nodes: { find: () => Promise.resolve({ kind: 'unknown', nodes: [] }) },
      }),
    decisions: readDecisions(opened.database, { flush: () => Promise.resolve() }),
    replays: { countFlips: () => Promise.resolve({ requests: 0, examples: [], coveredFromMs: undefined }) },
    endedSecrets: options.endedSecrets ?? { note: () => undefined },
    live: options.live ?? { node: 'host/1', ofToken: () => [] },
    clock,
    logger: createLogger({ destination: log, level: 'debug' }),
    metrics: new GatewayMetrics('1.2.3'),
    readiness: createReadiness([]),
    console: options.console ?? new Map(),
    configSchema: '{"type":"object"}',
    version: '1.2.3',
    configuration: options.configuration ?? configurationOf(config),
    currentConfig: () => config,
    mintToken: (prefix) => mintToken(prefix, 'pat'),
  };
  const port = await listen(deps);
  const people = new People(opened.stores, clock);
  return { ...opened, deps, log, port, people, client: (token?: string) => new AdminClient(port, token) };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

/** A configuration whose file always says what is in force. */
function configurationOf(config: GatewayConfig): AdminDeps['configuration'] {
  const { revision } = config;
  const lastAttempt = { atMs: 0, cause: 'start', failure: undefined } as const;
  const told = { revision, previousRevision: revision, needsRestart: [], warnings: [] };
  return {
    inForce: () => ({ config, text: '', variables: [], sinceMs: 0, cause: 'start', needsRestart: [], lastAttempt }),
    reload: () => Promise.resolve({ kind: 'unchanged', ...told }),
  };
}

function authenticationOf(
  { tokens, tokenPolicy: policy, roleScopes }: GatewayConfig,
  lookup: TokenLookup,
  clock: Clock,
): Authenticate {
  const { prefix, acceptPrefixes } = tokens;
  return bearerAuthentication({ lookup, clock, prefixes: [prefix, ...acceptPrefixes], roleScopes, policy });
}

async function listen(deps: AdminDeps): Promise<number> {
  const listener = requestListener(createAdminApp(deps), deps.logger);
  const server = createServer((request, response) => {
    void listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
