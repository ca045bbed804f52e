import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import { assumedUntil } from './assumed-notice.ts';
import { browserFields } from './browser.ts';
import type { Decision } from './decide.ts';
import type { Origin } from './client-address.ts';
import type { Exchange } from './exchange.ts';
import type { LiveConnections } from './live-connections.ts';
import type { LivePassage } from './live-passage.ts';
import type { OwnServices } from './own-path.ts';
import { sendProblem, type Ending } from './problem-response.ts';
import type { RateLimiter } from './rate-limit.ts';
import { hasBody } from './request-body.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';
import type { ShadowHearing } from './shadow.ts';

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

/** For what the program itself got wrong. */
export function failedOn(passage: Passage, deps: ProxyDeps): (error: unknown) => void {
  return (error) => {
    deps.onFault(error, passage.exchange.requestId);
    refuse(passage, { code: 'internal_error', detail: 'the gateway failed; its log has more under the request id' });
  };
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
    browser: browserFields(request, passage.decision?.route),
  };
  sendProblem(res, problem, target, endingOf(passage, problem));
}

/** What is left of a body, or what follows a request with two readings, is not worth reading. */
function endingOf({ exchange, request, expectation }: Passage, problem: Problem): Ending {
  // Node calls a request complete only once whoever took it has returned, also where nothing follows the head.
  const isWhole = exchange.req.complete || (request !== undefined && !hasBody(request));
  if (isWhole) return request === undefined ? 'close' : 'keep';
  const isSilent = problem.code === 'request_timeout' || expectation === 'continue';
  return isSilent ? 'close' : 'discard';
}

/** The report of a passage as it stands. */
function reportOf(passage: Passage, clock: Clock): ExchangeReport {
  const { exchange, runtime, request, origin, decision } = passage;
  const answered = exchange.res.headersSent ? exchange.res.statusCode : undefined;
  const status = passage.isTunnel ? 101 : answered;
  return { exchange, runtime, request, origin, decision, status, endedAt: clock.monotonic() };
}
