import { maskTokens } from '../core/token-mask.ts';
import type { Clock } from '../lib/clock.ts';
import type { Rostered } from '../lib/roster.ts';
import type { Origin } from './client-address.ts';
import type { Decision } from './decide.ts';
import type { Exchange } from './exchange.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';

/** A request that is being taken through the gateway, as far as it matters whether it may go on. */
export interface LivePassage extends Rostered {
  readonly exchange: Exchange;
  readonly runtime: Runtime;
  readonly request?: CleanRequest;
  readonly origin?: Origin;
  /** As it was let through; a later judgement does not change it. */
  decision?: Decision;
  /** The answer was 101, and what follows are bytes. */
  readonly isTunnel?: true;
}

/** A stream is an answer that may go on for ever. */
export type LiveKind = 'request' | 'stream' | 'upgrade';

/** One exchange under way, as people see it. */
export interface LiveConnection {
  /** The request id that stands in the log too. */
  readonly id: string;
  readonly kind: LiveKind;
  readonly route: string | undefined;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly since: number;
  /** Of bodies, or through the tunnel, so far. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export function kindOf(passage: LivePassage): LiveKind {
  const { isTunnel, exchange } = passage;
  if (isTunnel) return 'upgrade';
  if (isDeclaredStream(passage)) return 'stream';
  return exchange.answerHeaders !== undefined && isStream(exchange.answerHeaders) ? 'stream' : 'request';
}

/** Whether its route says that it may last. */
function isDeclaredStream({ decision }: LivePassage): boolean {
  return decision?.kind === 'allowed' && decision.route.stream;
}

/** Whether it is one whose answer has begun: nothing says when it would come to its end. */
export function isOpenStream(passage: LivePassage): boolean {
  return isDeclaredStream(passage) && passage.exchange.res.headersSent;
}

/** Whether an exchange does not come to its end by itself; one that may still become a tunnel counts. */
export function isLasting(passage: LivePassage): boolean {
  return passage.request?.upgrade !== undefined || kindOf(passage) !== 'request';
}

const streamTypes =
  /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/(?:x-ndjson|jsonl|stream\+json))\b/i;

function isStream(headers: readonly string[]): boolean {
  return headers.some((value, at) => {
    return at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'content-type' && streamTypes.test(value);
  });
}

/** Where the request comes from. */
export function addressOf({ origin, exchange }: LivePassage): string {
  return origin?.address ?? exchange.peerAddress;
}

export function describePassage(passage: LivePassage, clock: Clock): LiveConnection {
  const { exchange, request, origin, decision } = passage;
  return {
    id: origin?.requestId ?? exchange.requestId,
    kind: kindOf(passage),
    route: decision?.route?.name,
    method: request?.method ?? '',
    path: maskTokens(request?.path.path ?? ''),
    remoteAddress: addressOf(passage),
    since: Math.round(clock.now() - (clock.monotonic() - exchange.startedAt)),
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
  };
}
