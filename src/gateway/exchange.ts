import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Problem } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';

/** What goes on upstream for an exchange. */
export interface Course {
  /** Ends it, and what has begun at the client with it. */
  stop(reason: Error): void;
}

/** One request and the answer to it, while they last. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** The address at the other end of the connection. */
  readonly peerAddress: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** Set when the request turned out malformed, or its client left, while it was being decided. */
  aborted: boolean;
  /** What was answered instead of the upstream's answer. */
  problem: Problem | undefined;
  /** Where it is now; undefined before it is sent on. */
  course: Course | undefined;
  /** Of the upstream's answer, once it has begun: name, value, name, value. */
  answerHeaders: readonly string[] | undefined;
  decidedAt: number | undefined;
  upstreamStartedAt: number | undefined;
  upstreamAnsweredAt: number | undefined;
  bytesIn: number;
  bytesOut: number;
}

const underWay = new WeakMap<Socket, Exchange>();

/** Begins an exchange; its request id is new, whatever the client calls it. */
export function beginExchange(req: IncomingMessage, res: ServerResponse, clock: Clock): Exchange {
  const exchange: Exchange = {
    req,
    res,
    requestId: randomUUID(),
    peerAddress: peerAddress(req.socket),
    startedAt: clock.monotonic(),
    aborted: false,
    problem: undefined,
    course: undefined,
    answerHeaders: undefined,
    decidedAt: undefined,
    upstreamStartedAt: undefined,
    upstreamAnsweredAt: undefined,
    bytesIn: 0,
    bytesOut: 0,
  };
  underWay.set(req.socket, exchange);
  return exchange;
}

/** The newest exchange on a connection, if there is one. */
export function exchangeOf(socket: Socket): Exchange | undefined {
  return underWay.get(socket);
}

/** The address at the other end; IPv4 addresses in their own form, also on a dual-stack listener. */
export function peerAddress(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}
