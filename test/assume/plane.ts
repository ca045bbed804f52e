import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { WebSocketServer } from 'ws';
import { assumeServiceOf } from '../../src/assembly/assuming.ts';
import type { GatewayConfig } from '../../src/config/compiled.ts';
import type { Route } from '../../src/core/route.ts';
import { compileRoutes } from '../../src/core/route-table.ts';
import { LiveConnections } from '../../src/gateway/live-connections.ts';
import { createProxyServer } from '../../src/gateway/listener.ts';
import type { ExchangeReport } from '../../src/gateway/passage.ts';
import { createRuntime } from '../../src/gateway/runtime.ts';
import { onCleanup } from '../support/cleanup.ts';
import { routeFixture } from '../support/route-fixture.ts';
import type { Scene } from './scene.ts';

const planeRoutes: readonly Route[] = [
  routeFixture({ name: 'open', path: '/open/**', forwardToken: true }),
  routeFixture({ name: 'read-only', path: '/read-only/**', assumed: 'read_only' }),
  routeFixture({ name: 'closed', path: '/closed/**', assumed: 'deny' }),
  routeFixture({ name: 'public', path: '/public/**', access: { kind: 'public' } }),
  routeFixture({
    name: 'devices',
    path: '/devices/**',
    access: {
      kind: 'scopes',
      byMethod: new Map([['GET', { all: ['device:read'], any: [] }]]),
      others: { all: ['device:write'], any: [] },
    },
  }),
];

export interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly headers: Headers;
  readonly body: string;
}

/** The proxy listener over a scene's stores, with an upstream that remembers the headers it was sent. */
export async function openPlane(scene: Scene) {
  const seen: IncomingMessage[] = [];
  const upstream = createServer((req, res) => {
    seen.push(req);
    req.resume().once('end', () => res.end('hello'));
  });
  const sockets = new WebSocketServer({ server: upstream });
  sockets.on('connection', (_socket, req) => seen.push(req));
  const config: GatewayConfig = {
    ...scene.config,
    assertion: { ...scene.config.assertion, enabled: false },
    upstreams: new Map([
      [
        'u',
        {
          name: 'u',
          targets: [`http://127.0.0.1:${await listen(upstream)}`],
          balance: 'round_robin',
          maxConnections: 1024,
          health: undefined,
          timeouts: planeRoutes[0]?.timeouts ?? never(),
        },
      ],
    ]),
    routes: planeRoutes,
    table: compileRoutes(planeRoutes),
  };
  const { lookup, clock, redemption, bus } = scene;
  const keys = { signing: never, keySet: never };
  const runtime = createRuntime(config, { lookup, sessions: redemption, clock, keys });
  const [reports, faults]: [ExchangeReport[], unknown[]] = [[], []];
  const freshness = { ageMs: () => 0, current: true };
  const onFault = (error: unknown): void => void faults.push(error);
  const ended: string[] = [];
  const onEnded = (kind: string, reason: string): void => void ended.push(`${kind} ${reason}`);
  const live = new LiveConnections({ clock, runtime: () => runtime, freshness, onEnded, onFault });
  onCleanup(bus.subscribe((changed) => live.invalidated(changed)));
  onCleanup(live.watch());
  const { server, tunnels } = createProxyServer(
    { limits: config.limits, tls: undefined },
    {
      clock,
      runtime: () => runtime,
      live,
      self: { act: never },
      assume: assumeServiceOf(redemption, { ...scene.deps, stores: scene.stores }),
      limiter: { count: never },
      isDraining: () => false,
      onClosed: (report) => void reports.push(report),
      onShadow: () => undefined,
      onUnparsable: never,
      onFault,
    },
  );
  const port = await listen(server);
  onCleanup(async () => {
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    server.close();
    upstream.closeAllConnections();
    upstream.close();
    await runtime.pools.destroy();
    if (faults.length > 0) throw new AggregateError(faults, 'the gateway failed');
  });
  const ask = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<Answer> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const code = answer.headers.get('x-wayleave-error');
    return { status: answer.status, code, headers: answer.headers, body: await answer.text() };
  };
  return { port, seen, reports, ended, live, ask };
}

export type Plane = Awaited<ReturnType<typeof openPlane>>;

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** One's own token with the headers that ask for another user. */
export const asUser = (own: string, assumeToken: string, reason = 'ticket 4711') => ({
  ...bearer(own),
  'assume-user': assumeToken,
  'assume-reason': reason,
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function never(): never {
  throw new Error('this is not part of the scene');
}
