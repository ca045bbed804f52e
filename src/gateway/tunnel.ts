import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Problem } from '../core/problem.ts';
import type { Target } from '../upstreams/pools.ts';
import { answerHead } from './answer-headers.ts';
import { forwardFailure, wasNeverSent } from './forward-failure.ts';
import { refuse, reportOf, type Admission, type Passage, type ProxyDeps } from './proxy.ts';
import { upstreamTarget } from './upstream-target.ts';

export interface TunnelCall {
  readonly passage: Passage;
  readonly admission: Admission & { kind: 'admitted' };
  readonly socket: Duplex;
  /** What the client sent behind its request; it waits for the upstream's 101. */
  readonly head: Buffer;
}

type Opened =
  | { readonly kind: 'open'; readonly answer: http.IncomingMessage; readonly upstream: Socket; readonly head: Buffer }
  | { readonly kind: 'answered'; readonly answer: http.IncomingMessage }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Opens a tunnel to the first target that takes it, or relays the upstream's refusal. */
export async function openTunnel(call: TunnelCall, deps: ProxyDeps): Promise<void> {
  const { passage, admission } = call;
  const { route } = admission.allowed;
  let opened: Opened = { kind: 'failed', error: new Error('the upstream has no target') };
  for (const target of passage.runtime.pools.inTurn(route.upstream)) {
    opened = await handshake(call, target);
    if (opened.kind !== 'failed' || !wasNeverSent(opened.error)) break;
  }
  if (opened.kind === 'open') {
    const fault = switchFault(opened.answer, admission.request.upgrade);
    if (fault === undefined) return join(call, opened, deps);
    opened.upstream.destroy();
    return fail(call, { code: 'upstream_invalid_response', detail: fault }, deps);
  }
  if (opened.kind === 'answered') return relayRefusal(call, opened.answer, deps);
  return fail(call, forwardFailure(opened.error, route.upstream), deps);
}

/** A connection of its own, never one of the pool's: whatever follows on it can reach no other client. */
function handshake(call: TunnelCall, target: Target): Promise<Opened> {
  const { runtime, exchange } = call.passage;
  const { request, allowed, origin } = call.admission;
  const { timeouts } = allowed.route;
  const host = target.isTls ? target.authority : request.authority || target.authority;
  const head = runtime.upstreamHead.write(request, allowed, origin, host);
  const url = new URL(target.origin);
  return new Promise((resolve) => {
    const attempt = (target.isTls ? https : http).request({
      agent: false,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (target.isTls ? 443 : 80) : Number(url.port),
      method: request.method,
      path: upstreamTarget(request.path, allowed.route),
      headers: [
        ...head,
        'connection',
        'Upgrade',
        'upgrade',
        request.upgrade ?? '',
      ] as unknown as http.OutgoingHttpHeaders,
      setHost: false,
    });
    const onClientGone = (): void => void attempt.destroy(new Error('the client has left'));
    const timer = setTimeout(() => attempt.destroy(timeoutError()), timeouts.connectMs + timeouts.responseMs);
    const settle = (opened: Opened): void => {
      clearTimeout(timer);
      call.socket.off('close', onClientGone);
      resolve(opened);
    };
    call.socket.once('close', onClientGone);
    exchange.upstreamStartedAt ??= exchange.decidedAt;
    attempt.on('upgrade', (answer, upstream: Socket, rest) => settle({ kind: 'open', answer, upstream, head: rest }));
    attempt.on('response', (answer) => settle({ kind: 'answered', answer }));
    attempt.on('error', (error) => settle({ kind: 'failed', error }));
    attempt.end();
  });
}

function timeoutError(): Error {
  return Object.assign(new Error('no answer to the upgrade in time'), { code: 'ETIMEDOUT' });
}

/** A lax upstream's 101 could leave the two sides with different protocols (RFC 9110, section 7.8). */
function switchFault(answer: http.IncomingMessage, wanted: string | undefined): string | undefined {
  const given = answer.headers.upgrade?.toLowerCase();
  const isNamed = /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(answer.headers.connection ?? '');
  return given === wanted && isNamed
    ? undefined
    : 'the upstream switched to another protocol than the client asked for';
}

function join(call: TunnelCall, opened: Opened & { kind: 'open' }, deps: ProxyDeps): void {
  const { passage, admission, socket } = call;
  const { answer, upstream } = opened;
  upstream.on('error', () => upstream.destroy());
  const raw = answer.rawHeaders.map((text) => Buffer.from(text, 'latin1'));
  const head = answerHead(raw, admission.allowed.route, ['x-request-id', admission.origin.requestId]);
  if (head.kind === 'invalid') {
    upstream.destroy();
    return fail(call, { code: 'upstream_invalid_response', detail: head.detail }, deps);
  }
  const { res } = passage.exchange;
  res.detachSocket(socket as Socket);
  socket.write(switchingHead(head.headers, admission.request.upgrade ?? ''), 'latin1');
  keepWatch(socket as Socket);
  keepWatch(upstream);
  if (opened.head.length > 0) socket.write(opened.head);
  if (call.head.length > 0) upstream.write(call.head);
  socket.pipe(upstream).pipe(socket);
  // Either end takes the other with it; half-open tunnels are of no use to anyone.
  socket.once('close', () => upstream.destroy());
  upstream.once('close', () => socket.destroy());
  socket.once('close', () => deps.onClosed({ ...reportOf(passage), status: 101 }));
}

function switchingHead(headers: readonly string[], protocol: string): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', `upgrade: ${protocol}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const keepAliveMs = 30_000;

/** A tunnel may be silent for long; a dead peer is found by the system's probes. */
function keepWatch(socket: Socket): void {
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, keepAliveMs);
}

/** The upstream's own answer to the upgrade, such as 403; the connection ends with it. */
function relayRefusal(call: TunnelCall, answer: http.IncomingMessage, deps: ProxyDeps): void {
  const { passage, admission } = call;
  const { res } = passage.exchange;
  const raw = answer.rawHeaders.map((text) => Buffer.from(text, 'latin1'));
  const head = answerHead(raw, admission.allowed.route, ['x-request-id', admission.origin.requestId]);
  if (head.kind === 'invalid') {
    answer.destroy();
    return fail(call, { code: 'upstream_invalid_response', detail: head.detail }, deps);
  }
  res.once('close', () => deps.onClosed(reportOf(passage)));
  res.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', [...head.headers, 'connection', 'close']);
  answer.pipe(res);
  answer.on('error', () => res.destroy());
}

function fail(call: TunnelCall, problem: Problem, deps: ProxyDeps): void {
  call.passage.exchange.res.once('close', () => deps.onClosed(reportOf(call.passage)));
  refuse(call.passage, problem);
}
