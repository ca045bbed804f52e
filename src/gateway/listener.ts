import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { LimitsConfig } from '../config/compiled.ts';
import { peerAddress } from './exchange.ts';
import { endConnection } from './linger.ts';
import { writeRawProblem } from './problem-response.ts';
import { refuseUnparsable, type ParserError } from './parser-refusal.ts';
import type { ProxyDeps } from './passage.ts';
import { handleRequest } from './proxy.ts';
import { unansweredOn } from './turn.ts';
import { handleUpgrade } from './upgrade.ts';
import { randomUUID } from 'node:crypto';

export interface ListenerOptions {
  readonly limits: LimitsConfig;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

export interface ProxyServer {
  /** It does not listen yet. */
  readonly server: http.Server;
  /** Sockets that were handed over by an upgrade, which the server itself forgets about. */
  readonly tunnels: ReadonlySet<Duplex>;
}

/** Builds the server of the proxy listener. */
export function createProxyServer(options: ListenerOptions, deps: ProxyDeps): ProxyServer {
  const settings: http.ServerOptions = {
    headersTimeout: options.limits.headerTimeoutMs,
    // A long upload is no fault; a silent one is caught by the body's own watch.
    requestTimeout: 0,
    keepAliveTimeout: options.limits.keepAliveMs,
    connectionsCheckingInterval: 500,
    maxHeaderSize: options.limits.headerBytes,
    insecureHTTPParser: false,
    // Checked by the sanitizer, so that the answer is a problem document.
    requireHostHeader: false,
    keepAlive: true,
    noDelay: true,
  };
  const server =
    options.tls === undefined
      ? http.createServer(settings)
      : https.createServer({ ...settings, ...options.tls, handshakeTimeout: options.limits.headerTimeoutMs });
  // Node drops what is beyond its own bound without a word; the sanitizer counts and refuses.
  server.maxHeadersCount = 0;
  server.maxConnections = options.limits.connections;
  attach(server, deps);
  const tunnels = new Set<Duplex>();
  server.on('upgrade', (_req, socket: Duplex) => {
    tunnels.add(socket);
    socket.once('close', () => tunnels.delete(socket));
  });
  return { server, tunnels };
}

function attach(server: http.Server, deps: ProxyDeps): void {
  server.on('request', (req, res) => handleRequest(req, res, 'none', deps));
  server.on('checkContinue', (req, res) => handleRequest(req, res, 'continue', deps));
  server.on('checkExpectation', (req, res: http.ServerResponse) => handleRequest(req, res, 'unknown', deps));
  server.on('upgrade', (req, socket: Duplex, head) => void handleUpgrade(req, socket, head, deps));
  server.on('connect', (req, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    // Node no longer looks after the socket, so an answer that is still due could not be brought to its end.
    if (unansweredOn(req.socket) !== undefined) return void socket.destroy();
    const detail = 'CONNECT is not taken: this is no forward proxy';
    writeRawProblem(socket, { code: 'method_not_allowed', detail, allow: ['GET', 'HEAD', 'POST'] }, rawTarget(deps));
    endConnection(req.socket);
  });
  server.on('clientError', (error: ParserError, socket: Duplex) => {
    if (!(socket instanceof Socket)) return void socket.destroy();
    const address = peerAddress(socket);
    const problem = refuseUnparsable(error, socket, deps.runtime().realm);
    if (problem !== undefined) deps.onUnparsable(problem, address);
  });
}

function rawTarget(deps: ProxyDeps): { requestId: string; realm: string } {
  return { requestId: randomUUID(), realm: deps.runtime().realm };
}
