import { foldHeaderName, hopByHopHeaders, isReservedAnswerHeader, isReservedHeader } from '../core/reserved-headers.ts';
import type { Route } from '../core/route.ts';
import type { Clock } from '../lib/clock.ts';
import type { CarriedHandler, Connection } from '../upstreams/connection.ts';
import { answerHead } from './answer-headers.ts';
import type { Course, Exchange } from './exchange.ts';
import { isConnectionEnd } from './forward-failure.ts';

/** How one dispatch to one target ended. */
export type RelayEnd =
  | { readonly kind: 'answered' }
  /** Nothing of an answer has reached the client. */
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** A connection that had been idle ended before this answer began: its peer may just have closed it. */
      readonly isStale?: boolean;
    }
  /** The client got a part; its connection is cut, so that the part cannot pass for the whole. */
  | { readonly kind: 'cut'; readonly error: unknown };

/** What an answer is relayed for. */
export interface RelayCall {
  readonly exchange: Exchange;
  readonly route: Route;
  /** Header lines of the gateway's own for the answer. */
  readonly answerLines: readonly string[];
}

/** Servers close what nobody has used for seconds; one that has just answered ends a connection for another reason. */
export const idleAfterMs = 1000;
/** What follows on this has run when all that was read from the upstream at once has been handled. */
const alreadyRead = Promise.resolve();
const earlyHintsMax = 8;
const joinedBytesMax = 16 * 1024;

/**
 * Relays one upstream answer to the client as it comes, with back-pressure both ways. It uses undici's raw handler
 * interface, for the other one loses the order, the case and the duplicates of header fields.
 */
export class AnswerRelay implements CarriedHandler, Course {
  carrier: Connection | undefined;
  /** A connection to the target is awaited for it. */
  isWaiting = false;
  /** Told when nothing is awaited any more for what was stopped while it waited. */
  onLetGo: (() => void) | undefined;
  readonly #exchange: Exchange;
  readonly #route: Route;
  readonly #added: readonly string[];
  readonly #clock: Clock;
  readonly #settle: (end: RelayEnd) => void;
  #abort: ((reason: Error) => void) | undefined;
  #resume: (() => void) | undefined;
  #earlyHints = 0;
  #stopped: Error | undefined;
  #begun = false;
  /** From the head until what came with it has been read. */
  #holdsHead = false;
  /** What came of the body with the head: it goes out in one write with it, and with the end if that is all. */
  #first: Buffer | undefined;
  #finished = false;

  constructor(call: RelayCall, clock: Clock, settle: (end: RelayEnd) => void) {
    this.#exchange = call.exchange;
    this.#route = call.route;
    this.#added = call.answerLines;
    this.#clock = clock;
    this.#settle = settle;
  }

  /** Whether there is nothing left to relay. */
  get isOver(): boolean {
    return this.#finished;
  }

  /** Ends the upstream request: the client has left, its body turned out not acceptable, or its token has ended. */
  stop(reason: Error): void {
    this.#stopped = reason;
    if (this.#finished) {
      // The upstream has said all it had to say, and the client has not read it yet.
      if (!this.#exchange.res.writableFinished) cutOff(this.#exchange);
    } else if (this.#abort === undefined) {
      // It may wait long for a connection to the upstream; nobody waits with it.
      this.#end({ kind: 'failed', error: reason });
    } else {
      this.#abort(reason);
    }
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.isWaiting = false;
    this.#abort = abort;
    if (this.#stopped !== undefined) abort(this.#stopped);
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    this.#begun = true;
    if (status < 200) {
      this.#earlyHint(status, raw);
      return true;
    }
    const nowMs = this.#clock.monotonic();
    if (this.carrier !== undefined) this.carrier.answeredAt = nowMs;
    this.#exchange.upstreamAnsweredAt = nowMs;
    this.#resume = resume;
    const head = answerHead(status, raw, this.#route, this.#added);
    if (status > 599 || head.kind === 'invalid') {
      const detail = head.kind === 'invalid' ? head.detail : `the status ${status} is out of range`;
      this.stop(new Error(detail));
      return false;
    }
    this.#begin(status, statusText, head.headers);
    // These end with their head; undici would miss the bytes of the length that a 304 may state (RFC 9110, 8.6).
    if (status === 204 || status === 304) this.#finish([]);
    return true;
  }

  onData(chunk: Buffer): boolean {
    const { res } = this.#exchange;
    this.#exchange.bytesOut += chunk.length;
    if (this.#holdsHead && this.#first === undefined) {
      this.#first = chunk;
      return true;
    }
    this.#writeFirst();
    if (res.write(chunk)) return true;
    if (this.#resume !== undefined) res.once('drain', this.#resume);
    return false;
  }

  onComplete(rawTrailers: string[] | Buffer[] | null): void {
    this.#finish(rawTrailers ?? []);
  }

  onError(error: Error): void {
    this.isWaiting = false;
    if (this.#finished) return this.onLetGo?.();
    const reason = this.#stopped ?? error;
    if (!this.#exchange.res.headersSent) {
      this.#end({ kind: 'failed', error: reason, isStale: this.#isStale(reason) });
      return;
    }
    cutOff(this.#exchange);
    this.#end({ kind: 'cut', error: reason });
  }

  #end(end: RelayEnd): void {
    this.#finished = true;
    this.#settle(end);
  }

  #isStale(error: Error): boolean {
    const { upstreamStartedAt } = this.#exchange;
    const answeredAt = this.carrier?.answeredAt;
    if (this.#begun || answeredAt === undefined || upstreamStartedAt === undefined) return false;
    return upstreamStartedAt - answeredAt >= idleAfterMs && isConnectionEnd(error);
  }

  /** Writes what was held back, if there is any. */
  #writeFirst(): void {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) this.#exchange.res.write(first);
  }

  #finish(rawTrailers: readonly (string | Buffer)[]): void {
    if (this.#finished) return;
    this.#finished = true;
    const { res } = this.#exchange;
    const trailers = acceptableTrailers(rawTrailers);
    if (trailers.length > 0) res.addTrailers(trailers);
    const whole = this.#first;
    this.#first = undefined;
    if (whole === undefined) res.end();
    else if (whole.length > joinedBytesMax) res.end(whole);
    // Node writes a text in one piece with the head; a buffer costs a second piece, which costs more than the copy.
    else res.end(whole.toString('latin1'), 'latin1');
    this.#settle({ kind: 'answered' });
  }

  /** The head goes out with the first piece of the body; an event stream's, which may be long in coming, by itself. */
  #begin(status: number, statusText: string, headers: string[]): void {
    const { res } = this.#exchange;
    this.#exchange.answerHeaders = headers;
    res.writeHead(status, validText.test(statusText) ? statusText : '', headers);
    this.#holdsHead = true;
    // Not queueMicrotask(): the resource that it makes for async hooks costs more than all the rest of this.
    void alreadyRead.then(() => this.#release());
  }

  #release(): void {
    const { res, bytesOut } = this.#exchange;
    this.#holdsHead = false;
    if (this.#finished || res.destroyed) return;
    if (this.#first !== undefined) this.#writeFirst();
    // As latin-1, as it came: flushHeaders() would make UTF-8 of it.
    else if (bytesOut === 0) res.write('', 'latin1');
  }

  /** 103 is worth passing on (RFC 8297); other interim answers concern this hop. */
  #earlyHint(status: number, raw: Buffer[]): void {
    const { res, req } = this.#exchange;
    if (status !== 103 || req.httpVersion !== '1.1' || this.#earlyHints++ >= earlyHintsMax) return;
    const link: string[] = [];
    for (let at = 0; at < raw.length; at += 2) {
      if (raw[at]?.toString('latin1').toLowerCase() === 'link') link.push(raw[at + 1]?.toString('latin1') ?? '');
    }
    if (link.length > 0 && link.every((value) => linkPattern.test(value))) res.writeEarlyHints({ link });
  }
}

/** Ends a connection so that its client can tell that the answer is not whole. */
function cutOff({ req, res }: Exchange): void {
  // To HTTP/1.0 the end of the connection is the end of the answer; only a reset says otherwise.
  if (req.httpVersion === '1.0' && !('encrypted' in req.socket)) req.socket.resetAndDestroy();
  else res.destroy();
}

const validText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What Node accepts as an early hint; it throws for anything else. */
const linkPattern = /^(?:<[^>]*>)(?:\s*;\s*[^;"\s]+(?:=(")?[^;"\s]*\1)?)*$/;

/** Trailers that may be forwarded: neither framing nor anything that speaks of identity. */
function acceptableTrailers(raw: readonly (string | Buffer)[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = text(raw[at]);
    const folded = foldHeaderName(name);
    const value = text(raw[at + 1]);
    const refused = hopByHopHeaders.has(folded) || isReservedHeader(folded) || isReservedAnswerHeader(folded);
    if (!refused && !framingTrailers.has(folded) && validText.test(value)) trailers.push([name, value]);
  }
  return trailers;
}

/** RFC 9110, section 6.5.1: fields that must be known before the body. */
const framingTrailers = new Set([
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'host',
  'set-cookie',
  'authorization',
]);

function text(part: string | Buffer | undefined): string {
  return part === undefined ? '' : typeof part === 'string' ? part : part.toString('latin1');
}
