import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Allowed, Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Origin } from './client-address.ts';
import { beginExchange, peerAddress, type Exchange } from './exchange.ts';
import { forward } from './forward.ts';
import { answerOwn, isOwnPath } from './own-endpoints.ts';
import { sendProblem } from './problem-response.ts';
import { hasBody } from './request-body.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';
import { upstreamTarget } from './upstream-target.ts';

/** What became of an exchange, told once when its answer closes. */
export interface ExchangeReport {
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  readonly request: CleanRequest | undefined;
  readonly origin: Origin | undefined;
  readonly decision: Decision | undefined;
  /** undefined: the client left before there was one. */
  readonly status: number | undefined;
}

export interface ProxyDeps {
  readonly clock: Clock;
  /** The runtime of the newest configuration. */
  readonly runtime: () => Runtime;
  readonly isDraining: () => boolean;
  readonly onClosed: (report: ExchangeReport) => void;
  /** Bytes that made no request were answered. */
  readonly onUnparsable: (problem: Problem, peerAddress: string) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

/** A request on its way through the gateway, and what is known of it so far. */
export interface Passage {
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  /** Whether the client waits for `100 Continue` before it sends its body. */
  readonly expectsContinue: boolean;
  request?: CleanRequest;
  origin?: Origin;
  decision?: Decision;
}

/** Takes one request through the gateway: sanitize, route, authenticate, authorize, forward, report. */
export async function handleRequest(
  req: IncomingMessage,
  res: ServerResponse,
  expectsContinue: boolean,
  deps: ProxyDeps,
): Promise<void> {
  const passage: Passage = { exchange: beginExchange(req, res, deps.clock), runtime: deps.runtime(), expectsContinue };
  res.once('close', () => deps.onClosed(reportOf(passage)));
  try {
    const problem = await pass(passage, deps);
    if (problem !== undefined) refuse(passage, problem);
  } catch (error) {
    deps.onFault(error, passage.exchange.requestId);
    refuse(passage, { code: 'internal_error', detail: 'the gateway failed; its log has more under the request id' });
  }
}

/** @returns the problem to answer, or undefined when the answer is given or nobody is left to get one */
async function pass(passage: Passage, deps: ProxyDeps): Promise<Problem | undefined> {
  const { exchange, runtime } = passage;
  const admitted = await admit(passage, deps.clock);
  if (admitted.kind === 'problem') return admitted.problem;
  if (admitted.kind === 'answered' || exchange.aborted) return undefined;
  const { request, origin, allowed } = admitted;
  const { route } = allowed;
  if (passage.expectsContinue) exchange.res.writeContinue();
  const outcome = await forward(
    {
      exchange,
      request,
      route,
      target: upstreamTarget(request.path, route),
      headFor: (host) => runtime.upstreamHead.write(request, allowed, origin, host),
      answerLines: answerLines(allowed, origin, deps),
    },
    { pools: runtime.pools, clock: deps.clock, limits: runtime.config.limits },
  );
  return outcome.kind === 'problem' ? outcome.problem : undefined;
}

export type Admission =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'answered' }
  | { readonly kind: 'admitted'; readonly request: CleanRequest; readonly origin: Origin; readonly allowed: Allowed };

/** Everything before forwarding; upgrades come the same way. */
export async function admit(passage: Passage, clock: Clock): Promise<Admission> {
  const { exchange, runtime } = passage;
  const { req } = exchange;
  const sanitized = runtime.sanitizer.sanitize({
    method: req.method ?? '',
    target: req.url ?? '',
    httpVersion: req.httpVersion,
    rawHeaders: req.rawHeaders,
  });
  if (sanitized.kind === 'refused') return { kind: 'problem', problem: sanitized.problem };
  const { request } = sanitized;
  passage.request = request;
  const isTls = 'encrypted' in req.socket;
  const peer = { address: peerAddress(req.socket), isTls, requestId: exchange.requestId };
  const origin = runtime.trustedProxies.originOf(request, peer);
  passage.origin = origin;
  if (isOwnPath(request)) return answerOwnPath(passage, request);
  const decision = await decide(request, runtime.config, runtime.authenticate);
  passage.decision = decision;
  exchange.decidedAt = clock.monotonic();
  if (decision.kind === 'denied') return { kind: 'problem', problem: decision.problem };
  const { maxBodyBytes } = decision.route;
  if (hasBody(request) && (request.contentLength ?? 0) > maxBodyBytes) {
    const detail = `the route "${decision.route.name}" takes bodies of up to ${maxBodyBytes} bytes`;
    return { kind: 'problem', problem: { code: 'body_too_large', detail } };
  }
  return { kind: 'admitted', request, origin, allowed: decision };
}

async function answerOwnPath(passage: Passage, request: CleanRequest): Promise<Admission> {
  const answer = await answerOwn(request, passage.runtime.authenticate);
  if (answer.kind === 'problem') return answer;
  const { res, req, requestId } = passage.exchange;
  const body = `${JSON.stringify(answer.body)}\n`;
  res.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-request-id': passage.origin?.requestId ?? requestId,
  });
  res.end(req.method === 'HEAD' ? undefined : body);
  return { kind: 'answered' };
}

/** Answers a problem, unless an answer has begun: then only the connection can say that something went wrong. */
export function refuse(passage: Passage, problem: Problem): void {
  const { exchange, runtime, request, origin } = passage;
  const { req, res } = exchange;
  exchange.problem = problem;
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const target = {
    requestId: origin?.requestId ?? exchange.requestId,
    realm: runtime.realm,
    route: passage.decision?.route?.name,
    instance: request?.path.path,
  };
  // What is left of a body, or what follows a request with two readings, is not worth reading.
  sendProblem(res, problem, target, request === undefined || (hasBody(request) && !req.complete));
}

const expiryNoticeMs = 30 * 86_400_000;

function answerLines(allowed: Allowed, origin: Origin, deps: ProxyDeps): string[] {
  const lines = ['x-request-id', origin.requestId];
  const expiresAt = allowed.principal?.expiresAt ?? null;
  if (expiresAt !== null && expiresAt - deps.clock.now() < expiryNoticeMs) {
    lines.push('x-auth-token-expires', new Date(expiresAt).toISOString());
  }
  if (deps.isDraining()) lines.push('connection', 'close');
  return lines;
}

/** The report of a passage as it stands. */
export function reportOf(passage: Passage): ExchangeReport {
  const { exchange, runtime, request, origin, decision } = passage;
  const status = exchange.res.headersSent ? exchange.res.statusCode : undefined;
  return { exchange, runtime, request, origin, decision, status };
}
