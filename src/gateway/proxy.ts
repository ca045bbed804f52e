import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Allowed, Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Origin } from './client-address.ts';
import { beginExchange, type Exchange } from './exchange.ts';
import { expiryNotice } from './expiry-notice.ts';
import { forward } from './forward.ts';
import { answerOwn, isOwnPath } from './own-endpoints.ts';
import { sendProblem, type Ending } from './problem-response.ts';
import { hasBody } from './request-body.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';
import { awaitTurn, unansweredOn } from './turn.ts';
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
  /** Monotonic milliseconds. */
  readonly endedAt: number;
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

/** What a request's Expect header asks for (RFC 9110, section 10.1.1): `100 Continue` before its body, or nothing known. */
export type Expectation = 'none' | 'continue' | 'unknown';

/** A request on its way through the gateway, and what is known of it so far. */
export interface Passage {
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  /** Once answered, `none`. */
  expectation: Expectation;
  request?: CleanRequest;
  origin?: Origin;
  decision?: Decision;
  /** The answer was 101, and what follows are bytes. */
  isTunnel?: true;
}

/** Takes one request through the gateway: sanitize, route, authenticate, authorize, forward, report. */
export async function handleRequest(
  req: IncomingMessage,
  res: ServerResponse,
  expectation: Expectation,
  deps: ProxyDeps,
): Promise<void> {
  const earlier = unansweredOn(req.socket);
  const passage: Passage = { exchange: beginExchange(req, res, deps.clock), runtime: deps.runtime(), expectation };
  if (earlier !== undefined && !(await awaitTurn(earlier, req.socket))) return;
  if (deps.isDraining()) res.shouldKeepAlive = false;
  res.once('close', () => {
    passage.exchange.aborted ||= !res.writableFinished;
    deps.onClosed(reportOf(passage, deps.clock));
  });
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
  if (passage.expectation === 'continue') {
    exchange.res.writeContinue();
    passage.expectation = 'none';
  }
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
  if (passage.expectation === 'unknown') return { kind: 'problem', problem: unknownExpectation };
  const { request } = sanitized;
  passage.request = request;
  const isTls = 'encrypted' in req.socket;
  const peer = { address: exchange.peerAddress, isTls, requestId: exchange.requestId };
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

const unknownExpectation: Problem = {
  code: 'invalid_request',
  status: 417,
  detail: 'the expectation of the request is not known; "100-continue" is',
};

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
  const { res } = exchange;
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
  sendProblem(res, problem, target, endingOf(passage, problem));
}

/** What is left of a body, or what follows a request with two readings, is not worth reading. */
function endingOf({ exchange, request, expectation }: Passage, problem: Problem): Ending {
  if (exchange.req.complete) return request === undefined ? 'close' : 'keep';
  const isSilent = problem.code === 'request_timeout' || expectation === 'continue';
  return isSilent ? 'close' : 'discard';
}

function answerLines(allowed: Allowed, origin: Origin, deps: ProxyDeps): string[] {
  const lines = ['x-request-id', origin.requestId];
  const notice = expiryNotice(allowed.principal, deps.clock.now());
  if (notice !== undefined) lines.push('x-auth-token-expires', notice);
  return lines;
}

/** The report of a passage as it stands. */
export function reportOf(passage: Passage, clock: Clock): ExchangeReport {
  const { exchange, runtime, request, origin, decision } = passage;
  const answered = exchange.res.headersSent ? exchange.res.statusCode : undefined;
  const status = passage.isTunnel ? 101 : answered;
  return { exchange, runtime, request, origin, decision, status, endedAt: clock.monotonic() };
}
