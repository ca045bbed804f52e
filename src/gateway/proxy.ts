import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import { assumedNotice, assumedUntil } from './assumed-notice.ts';
import type { Allowed, Decision } from './decide.ts';
import type { Origin } from './client-address.ts';
import { beginExchange, type Exchange } from './exchange.ts';
import { expiryNotice } from './expiry-notice.ts';
import { forward } from './forward.ts';
import type { LiveConnections } from './live-connections.ts';
import type { LivePassage } from './live-passage.ts';
import { writeOwnAnswer } from './own-answer.ts';
import { isOwnPath } from './own-endpoints.ts';
import { answerOwnPath, type OwnServices } from './own-path.ts';
import { sendProblem, type Ending } from './problem-response.ts';
import { limitRate, rateLimitNotice, type RateLimiter } from './rate-limit.ts';
import { hasBody } from './request-body.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';
import { readShortBody } from './self-endpoints.ts';
import { askShadows, type ShadowHearing } from './shadow.ts';
import { staleNotice } from './stale-notice.ts';
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

export interface ProxyDeps extends OwnServices, ShadowHearing {
  readonly clock: Clock;
  /** The runtime of the newest configuration. */
  readonly runtime: () => Runtime;
  /** Lets requests pass, and ends those that may not go on. */
  readonly live: LiveConnections;
  /** Counts requests to routes that have a rate limit. */
  readonly limiter: RateLimiter;
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
export interface Passage extends LivePassage {
  /** Once answered, `none`. */
  expectation: Expectation;
  request?: CleanRequest;
  origin?: Origin;
  decision?: Decision;
  /** The answer was 101, and what follows are bytes. */
  isTunnel?: true;
}

/** Takes one request through the gateway: sanitize, route, authenticate, authorize, forward, report. */
export function handleRequest(
  req: IncomingMessage,
  res: ServerResponse,
  expectation: Expectation,
  deps: ProxyDeps,
): void {
  const earlier = unansweredOn(req.socket);
  const exchange = beginExchange(req, res, deps.clock);
  const passage = beginPassage(exchange, expectation, deps);
  if (earlier === undefined) return take(passage, deps);
  void awaitTurn(earlier, req.socket).then((isNext) =>
    isNext ? take(passage, deps) : passage.runtime.exchanges.end(),
  );
  return undefined;
}

/** Whoever begins one says when it is over: see `closed`. */
export function beginPassage(exchange: Exchange, expectation: Expectation, deps: ProxyDeps): Passage {
  const runtime = deps.runtime();
  runtime.exchanges.begin();
  return { exchange, runtime, expectation, place: undefined };
}

/** What is to be done when a passage is over. */
export function closed(passage: Passage, deps: ProxyDeps): void {
  deps.live.remove(passage);
  passage.runtime.exchanges.end();
  deps.onClosed(reportOf(passage, deps.clock));
}

/** Nothing is awaited on the way of a request whose token memory knows, until it is forwarded. */
function take(passage: Passage, deps: ProxyDeps): void {
  const { exchange } = passage;
  const { res } = exchange;
  if (deps.isDraining()) res.shouldKeepAlive = false;
  res.once('close', () => {
    exchange.aborted ||= !res.writableFinished;
    closed(passage, deps);
  });
  try {
    const admission = admit(passage, deps);
    if (!(admission instanceof Promise)) proceed(passage, admission, deps);
    else admission.then((given) => proceed(passage, given, deps)).catch(failedOn(passage, deps));
  } catch (error) {
    failedOn(passage, deps)(error);
  }
}

/** For what the program itself got wrong. */
export function failedOn(passage: Passage, deps: ProxyDeps): (error: unknown) => void {
  return (error) => {
    deps.onFault(error, passage.exchange.requestId);
    refuse(passage, { code: 'internal_error', detail: 'the gateway failed; its log has more under the request id' });
  };
}

/** Forwards what may pass and answers what may not, unless the answer is given or nobody is left to get one. */
function proceed(passage: Passage, admission: Admission, deps: ProxyDeps): void {
  const { exchange, runtime } = passage;
  if (admission.kind === 'problem') return refuse(passage, admission.problem);
  if (admission.kind === 'answered' || exchange.aborted) return undefined;
  const { request, origin, allowed } = admission;
  const { route } = allowed;
  if (passage.expectation === 'continue') {
    exchange.res.writeContinue();
    passage.expectation = 'none';
  }
  forward(
    {
      exchange,
      request,
      route,
      target: upstreamTarget(request.path, route),
      headFor: (host) => runtime.upstreamHead.write(request, allowed, origin, host),
      answerLines: answerLines(passage, allowed, origin, deps),
    },
    { pools: runtime.pools, clock: deps.clock, limits: runtime.config.limits },
  )
    .then((outcome) => outcome.kind === 'problem' && refuse(passage, outcome.problem))
    .catch(failedOn(passage, deps));
  return undefined;
}

export type Admission =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'answered' }
  | { readonly kind: 'admitted'; readonly request: CleanRequest; readonly origin: Origin; readonly allowed: Allowed };

/** Everything before forwarding; upgrades come the same way. */
export function admit(passage: Passage, deps: ProxyDeps): Admission | Promise<Admission> {
  const { live } = deps;
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
  if (isOwnPath(request, runtime.publicHost)) return answerOwn(passage, request, deps);
  const decision = live.admit(passage, request);
  if (!(decision instanceof Promise)) return admitted(passage, { request, origin, decision }, deps);
  return decision.then((made) => admitted(passage, { request, origin, decision: made }, deps));
}

interface Decided {
  readonly request: CleanRequest;
  readonly origin: Origin;
  readonly decision: Decision;
}

function admitted(passage: Passage, decided: Decided, deps: ProxyDeps): Admission | Promise<Admission> {
  const { request, origin, decision } = decided;
  const { shadows } = passage.runtime;
  if (shadows.length > 0) void askShadows(shadows, { request, origin, real: decision }, deps);
  if (decision.kind === 'denied' || decision.route.rateLimit === undefined) return settled(passage, decided, deps);
  const limited = limitRate(decision, decision.route.rateLimit, origin.address, deps.limiter);
  const settle = (made: Decision): Admission => {
    passage.decision = made;
    return settled(passage, { request, origin, decision: made }, deps);
  };
  return limited instanceof Promise ? limited.then(settle) : settle(limited);
}

/** What becomes of a request on which everything is decided. */
function settled(passage: Passage, { request, origin, decision }: Decided, deps: ProxyDeps): Admission {
  passage.exchange.decidedAt = deps.clock.monotonic();
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

async function answerOwn(passage: Passage, request: CleanRequest, deps: ProxyDeps): Promise<Admission> {
  const { exchange, origin, runtime } = passage;
  const requestId = origin?.requestId ?? exchange.requestId;
  const answer = await answerOwnPath(passage, request, deps, () => readBodyOf(passage));
  if (answer.kind === 'problem') {
    const { problem, record } = answer;
    if (record !== undefined) passage.decision = { kind: 'denied', problem, route: undefined, record };
    return { kind: 'problem', problem };
  }
  const until = answer.kind === 'json' ? assumedUntil(answer.record, runtime.config.tokenPolicy) : undefined;
  writeOwnAnswer(exchange.res, answer, { isHead: request.method === 'HEAD', requestId, until });
  return { kind: 'answered' };
}

function readBodyOf(passage: Passage): Promise<string | Problem> {
  if (passage.expectation === 'continue') passage.exchange.res.writeContinue();
  passage.expectation = 'none';
  return readShortBody(passage.exchange.req);
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
    assumedUntil: assumedUntil(passage.decision?.record, runtime.config.tokenPolicy, problem),
  };
  sendProblem(res, problem, target, endingOf(passage, problem));
}

/** What is left of a body, or what follows a request with two readings, is not worth reading. */
function endingOf({ exchange, request, expectation }: Passage, problem: Problem): Ending {
  if (exchange.req.complete) return request === undefined ? 'close' : 'keep';
  const isSilent = problem.code === 'request_timeout' || expectation === 'continue';
  return isSilent ? 'close' : 'discard';
}

function answerLines(passage: Passage, allowed: Allowed, origin: Origin, deps: ProxyDeps): string[] {
  const lines = ['x-request-id', origin.requestId];
  const notice = expiryNotice(allowed.principal, deps.clock.now());
  if (notice !== undefined) lines.push('x-auth-token-expires', notice);
  lines.push(...assumedNotice(allowed, passage.runtime), ...staleNotice(allowed), ...rateLimitNotice(allowed));
  return lines;
}

/** The report of a passage as it stands. */
function reportOf(passage: Passage, clock: Clock): ExchangeReport {
  const { exchange, runtime, request, origin, decision } = passage;
  const answered = exchange.res.headersSent ? exchange.res.statusCode : undefined;
  const status = passage.isTunnel ? 101 : answered;
  return { exchange, runtime, request, origin, decision, status, endedAt: clock.monotonic() };
}
