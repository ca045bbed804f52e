import http from 'node:http';
import https from 'node:https';
import type { Server } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Listen } from '../config/compiled.ts';

/** An address that cannot be listened on. The message is for whoever starts the program. */
class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** The PEM texts of a listener, read when it opens. @throws ListenError */
export function readTls(listen: Listen): { cert: string; key: string } | undefined {
  if (listen.tls === undefined) return undefined;
  try {
    return { cert: readFileSync(listen.tls.cert, 'utf8'), key: readFileSync(listen.tls.key, 'utf8') };
  } catch (error) {
    throw new ListenError(`the certificate or key of ${addressOf(listen)} cannot be read: ${reasonOf(error)}`);
  }
}

/** A server for the admin and ops listeners. */
export function createServer(listen: Listen, handler: http.RequestListener): http.Server {
  const tls = readTls(listen);
  const settings: http.ServerOptions = {
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1000,
  };
  return tls === undefined
    ? http.createServer(settings, handler)
    : https.createServer({ ...settings, ...tls }, handler);
}

/**
 * Begins to listen.
 * @param name the key in gateway.yaml, such as `proxy`
 * @returns the port, which the system chose where gateway.yaml says 0
 * @throws ListenError that says which address is taken and what to do
 */
export function open(server: Server, name: string, listen: Listen): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const remedy = codeOf(error) === 'EADDRINUSE' ? 'stop what holds it, or ' : '';
      const advice = `${remedy}change listen.${name} in gateway.yaml`;
      reject(
        new ListenError(`listen.${name}: ${addressOf(listen)} cannot be listened on: ${reasonOf(error)}; ${advice}`),
      );
    });
    server.listen(listen.port, listen.host, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : listen.port);
    });
  });
}

/** Takes no more connections, lets requests under way finish until the deadline, then ends what is left. */
export function closeWithin(server: http.Server, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** `127.0.0.1:8080`, or `[::1]:8080`. */
function addressOf({ host, port }: Pick<Listen, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return 'another program listens there (EADDRINUSE)';
  if (code === 'EACCES') return 'this user may not (EACCES); ports below 1024 need a privilege';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address (EADDRNOTAVAIL)';
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
