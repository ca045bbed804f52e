import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { LimitsConfig } from '../config/compiled.ts';
import type { Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import type { Clock } from '../lib/clock.ts';
import type { Target, UpstreamPools } from '../upstreams/pools.ts';
import { AnswerRelay, type RelayEnd } from './answer-relay.ts';
import type { Exchange } from './exchange.ts';
import { forwardFailure, wasNeverSent } from './forward-failure.ts';
import { BodyTooSlow, boundedBody, hasBody, watchSilence } from './request-body.ts';
import type { CleanRequest } from './sanitize.ts';

/** A request that may go upstream. */
export interface Forwardable {
  readonly exchange: Exchange;
  readonly request: CleanRequest;
  readonly route: Route;
  /** Path and query for the upstream. */
  readonly target: string;
  /** The head of the request for a target's authority; name, value, name, value. */
  readonly headFor: (host: string) => string[];
  /** Header lines of the gateway's own for the answer. */
  readonly answerLines: readonly string[];
}

/** The answer has been relayed, or a problem is to be answered, or nobody is left to answer. */
export type ForwardOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'cut'; readonly error: unknown };

export interface ForwardDeps {
  readonly pools: UpstreamPools;
  readonly clock: Clock;
  readonly limits: Pick<LimitsConfig, 'bodyIdleMs'>;
}

/**
 * Sends a request to the upstream's targets in turn, the next one only when nothing of it was sent to the one before,
 * and relays the answer. Resolves when the exchange is over as far as the upstream is concerned.
 */
export async function forward(call: Forwardable, deps: ForwardDeps): Promise<ForwardOutcome> {
  const { exchange, route } = call;
  const targets = deps.pools.inTurn(route.upstream);
  exchange.upstreamStartedAt = deps.clock.monotonic();
  // Made once: a target that refused the connection has not read of it.
  const body = hasBody(call.request) ? boundedBody(exchange, call.request, route.maxBodyBytes) : undefined;
  let failure: unknown = new Error('the upstream has no target');
  for (const target of targets) {
    const end = await dispatch(call, body, target, deps);
    if (end.kind === 'answered') return { kind: 'done' };
    if (end.kind === 'cut') return end;
    failure = end.error;
    if (!wasNeverSent(failure) || exchange.aborted) break;
  }
  return { kind: 'problem', problem: forwardFailure(failure, route.upstream) };
}

function dispatch(call: Forwardable, body: Readable | undefined, target: Target, deps: ForwardDeps): Promise<RelayEnd> {
  const { exchange, request, route } = call;
  const { req, res } = exchange;
  return new Promise((resolve) => {
    const onClose = (): void => {
      if (!res.writableFinished) relay.stop(new Error('the client has left'));
    };
    const settle = (end: RelayEnd): void => {
      stopWatch?.();
      res.off('close', onClose);
      resolve(end);
    };
    const relay = new AnswerRelay(exchange, route, call.answerLines, settle);
    const stopWatch = body
      ? watchSilence(req, deps.limits.bodyIdleMs, () => relay.stop(new BodyTooSlow('the body stopped arriving')))
      : undefined;
    res.once('close', onClose);
    target.pool.dispatch(
      {
        path: call.target,
        method: request.method as Dispatcher.HttpMethod,
        // Over TLS the name in the Host header is the one the certificate is checked for.
        headers: call.headFor(target.isTls ? target.authority : request.authority || target.authority),
        body: body ?? null,
        headersTimeout: route.timeouts.responseMs,
        bodyTimeout: route.timeouts.idleMs,
      },
      relay,
    );
  });
}
