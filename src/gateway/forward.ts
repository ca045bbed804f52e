import type { Dispatcher } from 'undici';
import type { LimitsConfig } from '../config/compiled.ts';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { UpstreamPools } from '../upstreams/pools.ts';
import type { Target } from '../upstreams/target.ts';
import { AnswerRelay, type RelayCall, type RelayEnd } from './forward-answer.ts';
import { ExchangeEnded } from './end-exchange.ts';
import type { Exchange } from './exchange.ts';
import { forwardFailure, wasNeverSent } from './forward-failure.ts';
import { BodyTooSlow, discardBody, hasBody, RequestBody, takeWhole, watchSilence } from './request-body.ts';
import type { CleanRequest } from './sanitize.ts';
import { awaitAnswer, probePeer } from './stream.ts';

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
 * @param onOver is called once, when the exchange is over as far as the upstream is concerned
 */
export function forward(call: Forwardable, deps: ForwardDeps, onOver: (outcome: ForwardOutcome) => void): void {
  call.exchange.upstreamStartedAt = deps.clock.monotonic();
  new Forwarding(call, deps, onOver).tryNext(noTarget);
}

/** One request on its way to the targets. Callbacks, not promises: every request comes through here. */
class Forwarding {
  readonly #call: Forwardable;
  readonly #deps: ForwardDeps;
  readonly #onOver: (outcome: ForwardOutcome) => void;
  /** Taken once: a target that refused the connection has not read of it. */
  #body: RequestBody | Buffer | undefined;
  #stopWatch: (() => void) | undefined;
  /** Those that it could not be sent to. */
  #tried: readonly Target[] | undefined;
  #isRepeated = false;

  constructor(call: Forwardable, deps: ForwardDeps, onOver: (outcome: ForwardOutcome) => void) {
    this.#call = call;
    this.#deps = deps;
    this.#onOver = onOver;
    if (call.route.stream) probePeer(call.exchange.req.socket);
  }

  /** @param before how it ended with the target before */
  tryNext(before: RelayEnd): void {
    const target = this.#deps.pools.choose(this.#call.route.upstream, this.#tried);
    if (target === undefined) this.#finish(before);
    else this.#send(target);
  }

  #send(target: Target): void {
    const { exchange } = this.#call;
    if (exchange.problem !== undefined) {
      this.#finish({ kind: 'failed', error: new ExchangeEnded(exchange.problem) });
      return;
    }
    target.underWay++;
    const relay: AnswerRelay = new AnswerRelay(this.#call, this.#deps.clock, (end) => {
      // Where nobody waits for a connection any more, it is still being made.
      if (relay.isWaiting) relay.onLetGo = () => target.underWay--;
      else target.underWay--;
      this.#settle(target, end);
    });
    exchange.course = relay;
    // A turn later: what waits unread on idle upstream connections is read before this request could go out on one, so
    // that an answer nobody asked for is never taken for the answer to this request.
    setImmediate(sendOn, this, target, relay);
  }

  dispatch(target: Target, relay: AnswerRelay): void {
    if (relay.isOver) return;
    if (hasBody(this.#call.request)) this.#body ??= this.#takeBody();
    dispatch(this.#call, this.#body, target, relay);
  }

  #takeBody(): RequestBody | Buffer {
    const { exchange, request, route } = this.#call;
    const whole = route.stream ? undefined : takeWhole(exchange, request);
    if (whole !== undefined) {
      exchange.bytesIn += whole.length;
      return whole;
    }
    const body = new RequestBody(exchange, route.maxBodyBytes);
    const onSilent = (): void => exchange.course?.stop(new BodyTooSlow('the body stopped arriving'));
    this.#stopWatch = route.stream
      ? awaitAnswer(exchange, body, route.timeouts.responseMs)
      : watchSilence(exchange.req, this.#deps.limits.bodyIdleMs, onSilent);
    return body;
  }

  #settle(target: Target, end: RelayEnd): void {
    const { exchange, request } = this.#call;
    if (end.kind !== 'failed') return this.#finish(end);
    exchange.course = undefined;
    const isRepeatable = !hasBody(request) && !this.#isRepeated && repeatable.has(request.method);
    if (exchange.aborted) this.#finish(end);
    else if (end.isStale === true && isRepeatable) this.#repeat(target);
    else if (wasNeverSent(end.error)) this.#tryAnother(target, end);
    else this.#finish(end);
    return undefined;
  }

  #tryAnother(than: Target, end: RelayEnd): void {
    this.#tried = [...(this.#tried ?? []), than];
    this.tryNext(end);
  }

  #repeat(target: Target): void {
    this.#isRepeated = true;
    this.#send(target);
  }

  #finish(end: RelayEnd): void {
    const { exchange, route } = this.#call;
    this.#stopWatch?.();
    if (this.#body instanceof RequestBody) this.#body.destroy();
    if (end.kind === 'failed') {
      this.#onOver({ kind: 'problem', problem: forwardFailure(end.error, route.upstream) });
      return;
    }
    if (!exchange.req.complete) endUnfinished(exchange);
    this.#onOver(end);
  }
}

/** What asks for no effect may be asked again (RFC 9110, section 9.2.2). */
const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

const noTarget: RelayEnd = { kind: 'failed', error: new Error('the upstream has no target') };

/** The upstream has answered without the whole body: the client has a while to come to its end or to leave. */
function endUnfinished({ req }: Exchange): void {
  discardBody(req, () => {
    if (!req.complete) req.socket.destroy();
  });
}

function sendOn(forwarding: Forwarding, target: Target, relay: AnswerRelay): void {
  forwarding.dispatch(target, relay);
}

function dispatch(call: Forwardable, body: RequestBody | Buffer | undefined, target: Target, relay: AnswerRelay): void {
  const { request, route } = call;
  const options: Dispatcher.DispatchOptions = {
    path: call.target,
    method: request.method,
    // Over TLS the name in the Host header is the one the certificate is checked for.
    headers: call.headFor(target.isTls ? target.authority : request.authority || target.authority),
    body: body ?? null,
    headersTimeout: route.stream && body !== undefined ? 0 : route.timeouts.responseMs,
    bodyTimeout: route.timeouts.idleMs,
  };
  relay.isWaiting = true;
  target.pool.dispatch(options, relay);
}
