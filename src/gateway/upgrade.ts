import http from 'node:http';
import type { Duplex } from 'node:stream';
import { beginExchange } from './exchange.ts';
import { admit, handleRequest, refuse, reportOf, type Passage, type ProxyDeps } from './proxy.ts';
import type { Problem } from '../core/problem.ts';
import type { CleanRequest } from './sanitize.ts';
import { openTunnel } from './tunnel.ts';

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
  const res = responseOn(req, socket);
  if (isHttp2Upgrade(req) && !announcesBody(req)) {
    // RFC 9113 took h2c away; tunnelling it would hide every further request from the gateway. It is a plain request.
    await handleRequest(req, res, false, deps);
    return;
  }
  const passage: Passage = {
    exchange: beginExchange(req, res, deps.clock),
    runtime: deps.runtime(),
    expectsContinue: false,
  };
  try {
    const admission = await admit(passage, deps.clock);
    const problem = admission.kind === 'problem' ? admission.problem : upgradeFault(passage.request);
    if (admission.kind !== 'admitted' || problem !== undefined) {
      res.once('close', () => deps.onClosed(reportOf(passage)));
      if (problem !== undefined) refuse(passage, problem);
      return;
    }
    await openTunnel({ passage, admission, socket, head }, deps);
  } catch (error) {
    deps.onFault(error, passage.exchange.requestId);
    refuse(passage, { code: 'internal_error', detail: 'the gateway failed; its log has more under the request id' });
  }
}

/** Node hands over the bare socket; a response on it gives refusals the same shape as everywhere. */
function responseOn(req: http.IncomingMessage, socket: Duplex): http.ServerResponse {
  const res = new http.ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as Parameters<typeof res.assignSocket>[0]);
  res.once('finish', () => socket.end());
  return res;
}

function isHttp2Upgrade(req: http.IncomingMessage): boolean {
  return /(?:^|,)\s*h2c?\s*(?:,|$)/i.test(req.headers.upgrade ?? '');
}

/** A body would not be read: after an upgrade Node's parser has let go of the socket. */
function announcesBody(req: http.IncomingMessage): boolean {
  return req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined;
}

const keyPattern = /^[A-Za-z0-9+/]{22}==$/;

/** What makes an upgrade request unacceptable whoever sends it (RFC 6455, section 4.2.1 for WebSockets). */
function upgradeFault(request: CleanRequest | undefined): Problem | undefined {
  if (request?.upgrade === undefined) return invalid('the Upgrade header names no protocol');
  if (request.chunked || (request.contentLength ?? 0) > 0) return invalid('an upgrade request carries no body');
  if (request.upgrade !== 'websocket') return undefined;
  if (request.method !== 'GET') return invalid('a WebSocket handshake is a GET');
  if (headerOf(request, 'sec-websocket-version') !== '13') {
    return { ...invalid('the only WebSocket version is 13'), status: 426 };
  }
  if (!keyPattern.test(headerOf(request, 'sec-websocket-key') ?? '')) {
    return invalid('Sec-WebSocket-Key is no base64 of 16 bytes');
  }
  return undefined;
}

function headerOf(request: CleanRequest, name: string): string | undefined {
  const at = request.headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : request.headers[at + 1];
}

function invalid(detail: string): Problem {
  return { code: 'invalid_request', detail };
}
