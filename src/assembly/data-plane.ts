import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { AdminDeps } from '../admin-api/context.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { DecisionRing } from '../gateway/decision-ring.ts';
import type { LiveConnections } from '../gateway/live-connections.ts';
import { createProxyServer } from '../gateway/listener.ts';
import type { OwnServices } from '../gateway/own-path.ts';
import { ExchangeLedger } from '../gateway/record-exchange.ts';
import type { Clock } from '../lib/clock.ts';
import { createAccessLog } from '../observability/access-log.ts';
import type { openLogDestination, Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { Closers } from './closers.ts';
import type { EndedSecretWatch } from './ended-secrets.ts';
import { closeWithin, open, readTls } from './listeners.ts';
import type { RateLimiting } from './rate-limiting.ts';
import type { RunningRuntime } from './running-runtime.ts';
import { reportShadows } from './shadow-reports.ts';
import type { Stores } from './stores.ts';

interface DataPlane {
  readonly config: GatewayConfig;
  readonly clock: Clock;
  /** How long a stop goes on accepting. */
  readonly graceMs: number;
  readonly stores: Stores;
  readonly output: ReturnType<typeof openLogDestination>;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly readiness: AdminDeps['readiness'];
  readonly runtimes: RunningRuntime;
  readonly live: LiveConnections;
  readonly own: OwnServices;
  readonly endedSecrets: EndedSecretWatch;
  readonly recent: DecisionRing;
  readonly limiter: RateLimiting['limiter'];
}

/** Opens the proxy listener, whose closing lets requests under way finish. @returns its port; throws ListenError */
export async function openDataPlane(plane: DataPlane, closers: Closers): Promise<number> {
  const { config, clock, graceMs, stores, output, logger, metrics, readiness, runtimes, live } = plane;
  const { own, endedSecrets, recent, limiter } = plane;
  const accessLog = createAccessLog(output);
  const ledger = new ExchangeLedger({
    accessLog,
    counters: metrics,
    usage: stores.tokenUses,
    decisions: stores.decisions,
    recent,
    clock,
  });
  metrics.beforeReading(() => ledger.settle());
  recent.beforeReading(() => ledger.settle());
  closers.add(() => ledger.settle());
  let isDraining = false;
  const { server, tunnels } = createProxyServer(
    { limits: config.limits, tls: readTls(config.listen.proxy) },
    {
      clock,
      runtime: () => runtimes.current,
      live,
      ...own,
      limiter,
      isDraining: () => isDraining,
      onClosed: (report) => {
        ledger.note(report);
        endedSecrets.look(report);
      },
      onShadow: reportShadows({ clock, logger, metrics }),
      onUnparsable: (problem, address) =>
        logger.info({ code: problem.code, remote_address: address }, 'bytes made no request'),
      onFault: (error, requestId) =>
        logger.error({ err: error, request_id: requestId }, 'the gateway failed on a request'),
    },
  );
  server.on('connection', (socket: Duplex) => {
    metrics.connectionOpened();
    socket.once('close', () => metrics.connectionClosed());
  });
  const port = await open(server, 'proxy', config.listen.proxy);
  closers.add(async () => {
    readiness.drain();
    isDraining = true;
    await setTimeout(graceMs);
    for (const tunnel of tunnels) tunnel.end();
    live.endStreams({ code: 'draining', detail: 'the gateway is shutting down' });
    await closeWithin(server, runtimes.current.config.limits.drainMs);
  });
  return port;
}
