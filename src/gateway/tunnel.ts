import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Problem } from '../core/problem.ts';
import type { Target } from '../upstreams/target.ts';
import type { Admission } from './admission.ts';
import { answerHead } from './answer-headers.ts';
import { assumedNotice } from './assumed-notice.ts';
import { forwardFailure, wasNeverSent } from './forward-failure.ts';
import { refuse, type Passage } from './passage.ts';
import { rateLimitNotice } from './rate-limit.ts';
import { shortageProblem } from './shortage.ts';
import { staleNotice } from './stale-notice.ts';
import { TunnelCourse } from './tunnel-course.ts';
import { shakeHands, type Handshake, type HandshakeEnd } from './upgrade-handshake.ts';
import { upstreamTarget } from './upstream-target.ts';

export interface TunnelCall {
  readonly passage: Passage;
  readonly admission: Admission & { kind: 'admitted' };
  readonly socket: Socket;
  /** What the client sent behind its request; it waits for the upstream's 101. */
  readonly head: Buffer;
}

/** Opens a tunnel to the first target that takes it, or relays the upstream's refusal. */
export async function openTunnel(call: TunnelCall): Promise<void> {
  const { passage, admission, socket } = call;
  const { route } = admission.allowed;
  const { exchange, runtime } = passage;
  const shortage = shortageProblem(runtime.pools, route.upstream);
  if (shortage !== undefined) return refuse(passage, shortage);
  exchange.upstreamStartedAt = exchange.decidedAt;
  let end: HandshakeEnd = { kind: 'failed', error: new Error('the upstream has no target') };
  const tried: Target[] = [];
  const choose = (): Target | undefined => runtime.pools.choose(route.upstream, tried);
  for (let target = choose(); target !== undefined; target = choose()) {
    // Its token may have ended meanwhile.
    if (exchange.problem !== undefined) return refuse(passage, exchange.problem);
    target.underWay++;
    end = await shakeHands(handshakeFor(call, target), target);
    if (end.kind === 'failed' || socket.closed) target.underWay--;
    else socket.once('close', () => target.underWay--);
    if (end.kind !== 'failed' || !wasNeverSent(end.error) || socket.destroyed) break;
    tried.push(target);
  }
  switch (end.kind) {
    case 'switched':
      return join(call, end);
    case 'answered':
      return relayRefusal(call, end.answer);
    case 'failed':
      return refuse(passage, forwardFailure(end.error, route.upstream));
  }
}

function handshakeFor({ passage, admission, socket }: TunnelCall, target: Target): Handshake {
  const { request, allowed, origin } = admission;
  const { connectMs, responseMs } = allowed.route.timeouts;
  const host = target.isTls ? target.authority : request.authority || target.authority;
  const head = passage.runtime.upstreamHead.write(request, allowed, origin, host);
  // Without a length Node announces chunks for methods that usually have a body.
  const length = request.method === 'GET' || request.contentLength !== undefined ? [] : ['content-length', '0'];
  return {
    method: request.method,
    path: upstreamTarget(request.path, allowed.route),
    headers: [...head, ...length, 'connection', 'Upgrade', 'upgrade', request.upgrade ?? ''],
    connectMs,
    responseMs,
    client: socket,
    exchange: passage.exchange,
  };
}

function join(call: TunnelCall, switched: HandshakeEnd & { kind: 'switched' }): void {
  const { passage, admission, socket } = call;
  const { exchange } = passage;
  const { answer, upstream } = switched;
  const head = headOf(call, answer);
  const fault = head.kind === 'invalid' ? head.detail : switchFault(answer, admission.request.upgrade);
  if (fault !== undefined || head.kind === 'invalid' || socket.destroyed || exchange.problem !== undefined) {
    upstream.destroy();
    return refuse(passage, exchange.problem ?? invalidAnswer(fault ?? 'the client has left'));
  }
  const protocol = answer.headers.upgrade ?? '';
  exchange.res.detachSocket(socket);
  passage.isTunnel = true;
  socket.write(switchingHead(head.headers, protocol), 'latin1');
  const ends = { client: socket, upstream, clientHead: call.head, upstreamHead: switched.head };
  exchange.course = new TunnelCourse(ends, protocol.toLowerCase(), exchange);
}

/** A lax upstream's 101 could leave the two sides with different protocols (RFC 9110, section 7.8). */
function switchFault(answer: IncomingMessage, wanted: string | undefined): string | undefined {
  const offered = wanted?.split(',').map((protocol) => protocol.trim());
  const given = answer.headers.upgrade?.toLowerCase();
  const isNamed = /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(answer.headers.connection ?? '');
  return given !== undefined && isNamed && offered?.includes(given)
    ? undefined
    : 'the upstream switched to another protocol than the client asked for';
}

function switchingHead(headers: readonly string[], protocol: string): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', `upgrade: ${protocol}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** The upstream's own answer to the upgrade, such as 403; the connection ends with it. */
function relayRefusal(call: TunnelCall, answer: IncomingMessage): void {
  const { passage, admission } = call;
  const { res, problem } = passage.exchange;
  const status = answer.statusCode ?? 0;
  const head = headOf(call, answer);
  if (problem !== undefined) {
    answer.destroy();
    return refuse(passage, problem);
  }
  if (head.kind === 'invalid' || status < 200 || status > 599) {
    answer.destroy();
    const detail = head.kind === 'invalid' ? head.detail : `the status ${status} is no answer to an upgrade`;
    return refuse(passage, invalidAnswer(detail));
  }
  const { idleMs } = admission.allowed.route.timeouts;
  // Silence while the client does not read is not the upstream's.
  answer.socket.setTimeout(idleMs, () => answer.isPaused() || answer.destroy());
  res.writeHead(status, plainText.test(answer.statusMessage ?? '') ? answer.statusMessage : '', head.headers);
  // Read on, so that it shows when the client leaves; what it sent early belongs to nobody.
  call.socket.resume().once('end', () => call.socket.destroy());
  passage.exchange.course = { stop: () => res.destroy() };
  // Whichever fails takes the other with it.
  pipeline(answer, res, () => undefined);
}

const plainText = /^[\t\x20-\x7e\x80-\xff]*$/;

function headOf({ admission, passage }: TunnelCall, answer: IncomingMessage): ReturnType<typeof answerHead> {
  const raw = answer.rawHeaders.map((text) => Buffer.from(text, 'latin1'));
  const { allowed, origin } = admission;
  const notices = [...assumedNotice(allowed, passage.runtime), ...staleNotice(allowed), ...rateLimitNotice(allowed)];
  const added = ['x-request-id', origin.requestId, ...notices];
  return answerHead(answer.statusCode ?? 0, raw, admission.allowed.route, added);
}

function invalidAnswer(detail: string): Problem {
  return { code: 'upstream_invalid_response', detail };
}
