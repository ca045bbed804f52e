import http from 'node:http';
import type { Duplex } from 'node:stream';
import { admit } from './admission.ts';
import { beginExchange } from './exchange.ts';
import { endConnection } from './linger.ts';
import { beginPassage, closed, failedOn, refuse, type ProxyDeps } from './passage.ts';
import { handleRequest } from './proxy.ts';
import type { Problem } from '../core/problem.ts';
import type { CleanRequest } from './sanitize.ts';
import { openTunnel } from './tunnel.ts';
import { awaitTurn, unansweredOn } from './turn.ts';

/**
 * Takes an upgrade request (RFC 9110, section 7.8) through the same verdict as any other, then tunnels bytes. What is
 * no acceptable upgrade is answered through an ordinary response on the same socket, and the connection ends.
 */
export async function handleUpgrade(
  req: http.IncomingMessage,
  socket: Duplex,
  head: Buffer,
  deps: ProxyDeps,
): Promise<void> {
  // First of all: a reset while the token is being looked up must not end the process.
  socket.on('error', () => socket.destroy());
  const earlier = unansweredOn(req.socket);
  // Node no longer looks after the socket, so an answer that is still being written could not be brought to its end.
  if (earlier !== undefined && !(earlier.res.writableEnded && (await awaitTurn(earlier, req.socket)))) {
    socket.destroy();
    return;
  }
  const res = responseOn(req);
  if (isNoUpgrade(req) && !announcesBody(req)) {
    handleRequest(req, res, 'none', deps);
    return;
  }
  const passage = beginPassage(beginExchange(req, res, deps.clock), 'none', deps);
  socket.once('close', () => {
    passage.exchange.aborted = true;
    closed(passage, deps);
  });
  try {
    const admission = await admit(passage, deps);
    const problem = admission.kind === 'problem' ? admission.problem : upgradeFault(passage.request);
    if (problem !== undefined) refuse(passage, problem);
    else if (admission.kind === 'admitted') await openTunnel({ passage, admission, socket: req.socket, head });
  } catch (error) {
    failedOn(passage, deps)(error);
  }
}

/** Node hands over the bare socket; a response on it gives refusals the same shape as everywhere. */
function responseOn(req: http.IncomingMessage): http.ServerResponse {
  const { socket } = req;
  const res = new http.ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket);
  // Node's server did these, until it let go of the socket.
  socket.on('drain', () => res.emit('drain'));
  res.once('finish', () => endConnection(socket));
  return res;
}

/**
 * Whether the Upgrade header counts for nothing, so that it is a plain request: HTTP/1.0 knows no upgrade (RFC 9110,
 * section 7.8), and RFC 9113 took h2c away, whose tunnel would hide every further request from the gateway.
 */
function isNoUpgrade({ httpVersion, headers }: http.IncomingMessage): boolean {
  return httpVersion === '1.0' || /(?:^|,)\s*h2c?\s*(?:,|$)/i.test(headers.upgrade ?? '');
}

/** A body would not be read: after an upgrade Node's parser has let go of the socket. */
function announcesBody(req: http.IncomingMessage): boolean {
  return Number(req.headers['content-length'] ?? 0) > 0 || req.headers['transfer-encoding'] !== undefined;
}

const keyPattern = /^[A-Za-z0-9+/]{22}==$/;

/** What makes an upgrade request unacceptable whoever sends it (RFC 6455, section 4.2.1 for WebSockets). */
function upgradeFault(request: CleanRequest | undefined): Problem | undefined {
  if (request?.upgrade === undefined) return invalid('the Upgrade header names no protocol');
  if (request.chunked || (request.contentLength ?? 0) > 0) return invalid('an upgrade request carries no body');
  if (!request.upgrade.split(',').some((protocol) => protocol.trim() === 'websocket')) return undefined;
  if (request.method !== 'GET') return invalid('a WebSocket handshake is a GET');
  if (valuesOf(request, 'sec-websocket-version').join() !== '13') {
    return { ...invalid('the only WebSocket version is 13'), status: 426 };
  }
  const [key, ...others] = valuesOf(request, 'sec-websocket-key');
  if (key === undefined || others.length > 0 || !keyPattern.test(key)) {
    return invalid('a WebSocket handshake has one Sec-WebSocket-Key, the base64 of 16 bytes');
  }
  return undefined;
}

function valuesOf({ headers }: CleanRequest, name: string): string[] {
  return headers.filter((_, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name);
}

function invalid(detail: string): Problem {
  return { code: 'invalid_request', detail };
}
