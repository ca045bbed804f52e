import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AssertionCheck } from './assertion-check.ts';
import { answerWithEcho } from './echo.ts';
import { answerWithDownload, answerWithEvents } from './slow-answers.ts';
import { echoWebSocket } from './websocket-echo.ts';

export interface DemoAddress {
  readonly host: string;
  readonly port: number;
}

export interface DemoUpstream {
  readonly port: number;
  /** Has it check assertions from now on; without that it looks at none. */
  trust(check: AssertionCheck): void;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * A service to try the gateway with: a path that ends in `/events` streams events, one that ends in `/slow` is a download
 * that takes its time, `/ws` echoes WebSocket frames, and every other path answers with the request that arrived.
 * @throws Error that says which address is taken and what to do
 */
export async function startDemoUpstream(address: DemoAddress): Promise<DemoUpstream> {
  const tunnels = new Set<Duplex>();
  let check = checkNothing;
  const server = createServer((req, res) => {
    const last = /\/([^/?]*)\/?(?:\?|$)/.exec(req.url ?? '')?.[1];
    if (last === 'events') answerWithEvents(req, res);
    else if (last === 'slow') answerWithDownload(req, res);
    else answerWithEcho(req, res, check);
  });
  server.on('upgrade', (req, socket, head) => {
    tunnels.add(socket);
    socket.on('close', () => tunnels.delete(socket));
    echoWebSocket(req, socket, head);
  });
  await listen(server, address);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : address.port,
    trust: (given) => (check = given),
    close: () => closeAll(server, tunnels),
  };
}

const checkNothing: AssertionCheck = () => Promise.resolve(null);

function listen(server: Server, { host, port }: DemoAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(listenFault(error, `${host}:${port}`))));
    server.listen(port, host, resolve);
  });
}

function listenFault(error: NodeJS.ErrnoException, address: string): string {
  const what = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
  return `the demo upstream cannot listen on ${address}: ${what}. Stop that program, or give the upstream in gateway.yaml another port.`;
}

function closeAll(server: Server, tunnels: ReadonlySet<Duplex>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    for (const tunnel of tunnels) tunnel.destroy();
  });
}
