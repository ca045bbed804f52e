import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit, type Admission, type Admitted } from './admission.ts';
import { assumedNotice } from './assumed-notice.ts';
import { grantLines } from './browser.ts';
import { beginExchange } from './exchange.ts';
import { expiryNotice } from './expiry-notice.ts';
import { forward, type ForwardOutcome } from './forward.ts';
import { beginPassage, closed, failedOn, refuse, type Expectation, type Passage, type ProxyDeps } from './passage.ts';
import { rateLimitNotice } from './rate-limit.ts';
import { shortageProblem } from './shortage.ts';
import { staleNotice } from './stale-notice.ts';
import { awaitTurn, unansweredOn } from './turn.ts';
import { upstreamTarget } from './upstream-target.ts';

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

/** Nothing is awaited on the way of a request whose token memory knows, until it is forwarded. */
function take(passage: Passage, deps: ProxyDeps): void {
  const { exchange } = passage;
  const { res } = exchange;
  if (deps.isDraining()) res.shouldKeepAlive = false;
  res.once('close', () => {
    const isCut = !res.writableFinished;
    exchange.aborted ||= isCut;
    closed(passage, deps);
    if (isCut) exchange.course?.stop(new Error('the client has left'));
  });
  try {
    const admission = admit(passage, deps);
    if (!(admission instanceof Promise)) proceed(passage, admission, deps);
    else admission.then((given) => proceed(passage, given, deps)).catch(failedOn(passage, deps));
  } catch (error) {
    failedOn(passage, deps)(error);
  }
}

/** Forwards what may pass and answers what may not, unless the answer is given or nobody is left to get one. */
function proceed(passage: Passage, admission: Admission, deps: ProxyDeps): void {
  const { exchange, runtime } = passage;
  if (admission.kind === 'problem') return refuse(passage, admission.problem);
  if (admission.kind === 'answered' || exchange.aborted) return undefined;
  const { request, origin, allowed } = admission;
  const { route } = allowed;
  const shortage = shortageProblem(runtime.pools, route.upstream);
  if (shortage !== undefined) return refuse(passage, shortage);
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
      answerLines: answerLines(passage, admission, deps),
    },
    { pools: runtime.pools, clock: deps.clock, limits: runtime.config.limits },
    (outcome) => forwarded(passage, outcome, deps),
  );
  return undefined;
}

function forwarded(passage: Passage, outcome: ForwardOutcome, deps: ProxyDeps): void {
  if (outcome.kind !== 'problem') return;
  try {
    refuse(passage, outcome.problem);
  } catch (error) {
    failedOn(passage, deps)(error);
  }
}

function answerLines(passage: Passage, { request, origin, allowed }: Admitted, deps: ProxyDeps): string[] {
  const lines = ['x-request-id', origin.requestId];
  if (allowed.route.exposedTo !== undefined) lines.push(...grantLines(request, allowed.route));
  const notice = expiryNotice(allowed.principal, deps.clock.now());
  if (notice !== undefined) lines.push('x-auth-token-expires', notice);
  lines.push(...assumedNotice(allowed, passage.runtime), ...staleNotice(allowed), ...rateLimitNotice(allowed));
  return lines;
}
