import type { Problem } from '../core/problem.ts';
import { assumedUntil } from './assumed-notice.ts';
import type { Origin } from './client-address.ts';
import type { Allowed, Decision } from './decide.ts';
import { writeOwnAnswer } from './own-answer.ts';
import { isOwnPath } from './own-endpoints.ts';
import { answerOwnPath } from './own-path.ts';
import type { Passage, ProxyDeps } from './passage.ts';
import { writePreflightAnswer } from './preflight.ts';
import { limitRate } from './rate-limit.ts';
import { hasBody } from './request-body.ts';
import type { CleanRequest } from './sanitize.ts';
import { readShortBody } from './self-endpoints.ts';
import { askShadows } from './shadow.ts';

/** What a request comes to before it is forwarded. */
export type Admission =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'answered' }
  | Admitted;

export interface Admitted {
  readonly kind: 'admitted';
  readonly request: CleanRequest;
  readonly origin: Origin;
  readonly allowed: Allowed;
}

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
  const isCounted = decision.kind === 'allowed' && decision.preflight === undefined;
  if (!isCounted || decision.route.rateLimit === undefined) return settled(passage, decided, deps);
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
  if (decision.preflight !== undefined) {
    writePreflightAnswer(passage.exchange.res, decision.preflight, origin.requestId);
    return { kind: 'answered' };
  }
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
