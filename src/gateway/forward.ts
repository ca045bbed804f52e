import type { Dispatcher } from 'undici';
import type { LimitsConfig } from '../config/compiled.ts';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { Target, UpstreamPools } from '../upstreams/pools.ts';
import { AnswerRelay, type RelayCall, type RelayEnd } from './forward-answer.ts';
import { ExchangeEnded } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { forwardFailure, wasNeverSent } from './forward-failure.ts';
import { BodyTooSlow, discardBody, hasBody, RequestBody, watchSilence } from './request-body.ts';
import type { CleanRequest } from './sanitize.ts';

/** A request that may go upstream. */
export interface Forwardable extends RelayCall {
  readonly request: CleanRequest;
  /** Path and query for the upstream. */
  readonly target: string;
  /** The head of the request for a target's authority; name, value, name, value. */
  readonly headFor: (host: string) => string[];
}

/** The answer has been relayed, or a problem is to be answered, or nobody is left to answer. */
export type ForwardOutcome =
  | Exclude<RelayEnd, { readonly kind: 'failed' }>
  | { readonly kind: 'problem'; readonly problem: Problem };

export interface ForwardDeps {
  readonly pools: UpstreamPools;
  readonly clock: Clock;
  readonly limits: Pick<LimitsConfig, 'bodyIdleMs'>;
}

/**
 * Sends a request to the upstream's targets in turn, the next one only when nothing of it was sent to the one before,
 * and relays the answer. What a kept connection took while its peer was closing it goes out once more where that is safe.
 * Resolves when the exchange is over as far as the upstream is concerned.
 */
export async function forward(call: Forwardable, deps: ForwardDeps): Promise<ForwardOutcome> {
  const { exchange, route } = call;
  const targets = deps.pools.inOrder(route.upstream);
  exchange.upstreamStartedAt = deps.clock.monotonic();
  // Made once: a target that refused the connection has not read of it.
  const body = hasBody(call.request) ? new RequestBody(exchange, route.maxBodyBytes) : undefined;
  let end = noTarget;
  for (const target of targets) {
    target.underWay++;
    try {
      end = await dispatch(call, body, target, deps);
      if (end.kind === 'failed' && end.isStale === true && body === undefined && isRepeatable(call)) {
        end = await dispatch(call, body, target, deps);
      }
    } finally {
      target.underWay--;
    }
    if (end.kind !== 'failed' || !wasNeverSent(end.error) || exchange.aborted) break;
  }
  body?.destroy();
  if (end.kind === 'failed') return { kind: 'problem', problem: forwardFailure(end.error, route.upstream) };
  if (!exchange.req.complete) endUnfinished(exchange);
  return end;
}

/** What asks for no effect may be asked again (RFC 9110, section 9.2.2). */
function isRepeatable({ exchange, request }: Forwardable): boolean {
  return !exchange.aborted && repeatable.has(request.method);
}

const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const noTarget: RelayEnd = { kind: 'failed', error: new Error('the upstream has no target') };

/** The upstream has answered without the whole body: the client has a while to come to its end or to leave. */
function endUnfinished({ req }: Exchange): void {
  discardBody(req, () => {
    if (!req.complete) req.socket.destroy();
  });
}

function dispatch(
  call: Forwardable,
  body: RequestBody | undefined,
  target: Target,
  deps: ForwardDeps,
): Promise<RelayEnd> {
  const { exchange, request, route } = call;
  const { req, res, problem } = exchange;
  if (problem !== undefined) return Promise.resolve({ kind: 'failed', error: new ExchangeEnded(problem) });
  return new Promise((resolve) => {
    const onClose = (): void => {
      if (!res.writableFinished) relay.stop(new Error('the client has left'));
    };
    const settle = (end: RelayEnd): void => {
      stopWatch?.();
      res.off('close', onClose);
      resolve(end);
    };
    const relay = new AnswerRelay(call, deps.clock, settle);
    exchange.course = relay;
    const stopWatch = body
      ? watchSilence(req, deps.limits.bodyIdleMs, () => relay.stop(new BodyTooSlow('the body stopped arriving')))
      : undefined;
    res.once('close', onClose);
    const options: Dispatcher.DispatchOptions = {
      path: call.target,
      method: request.method,
      // Over TLS the name in the Host header is the one the certificate is checked for.
      headers: call.headFor(target.isTls ? target.authority : request.authority || target.authority),
      body: body ?? null,
      headersTimeout: route.timeouts.responseMs,
      bodyTimeout: route.timeouts.idleMs,
    };
    // A turn later: what waits unread on idle upstream connections is read before this request could go out on one, so
    // that an answer nobody asked for is never taken for the answer to this request.
    setImmediate(() => {
      if (!relay.isOver) target.pool.dispatch(options, relay);
    });
  });
}
