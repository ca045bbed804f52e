import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemDocument, problemHeaders, problemStatus, type Problem } from '../core/problem.ts';
import { discardBody } from './request-body.ts';

export interface ProblemTarget {
  readonly requestId: string;
  /** The realm of the challenge: the public name of the gateway. */
  readonly realm: string;
  readonly route?: string | undefined;
  /** The canonical path, when there is one. */
  readonly instance?: string | undefined;
  /** Until when a user is assumed, where one is (RFC 3339). */
  readonly assumedUntil?: string | undefined;
  /** On a route that is exposed to browsers: which page may read it. */
  readonly browser?: Readonly<Record<string, string>>;
}

/**
 * What becomes of the connection after a problem: it is kept, or it ends, because what follows on it cannot be trusted
 * or read; `discard` reads on for a while before it ends, because the client is still sending.
 */
export type Ending = 'keep' | 'close' | 'discard';

/** Turns a problem into an answer. The only place of the data plane that does so. */
export function sendProblem(res: ServerResponse, problem: Problem, target: ProblemTarget, ending: Ending): void {
  const body = problemBody(problem, target);
  if (ending !== 'keep') res.shouldKeepAlive = false;
  res.writeHead(problemStatus(problem), headersOf(problem, target, body));
  const sent = res.req.method === 'HEAD' ? '' : body;
  if (ending !== 'discard') {
    res.end(sent);
    return;
  }
  // The answer is whole with its body; only the end of the connection waits.
  res.flushHeaders();
  res.write(sent);
  discardBody(res.req, () => res.end());
}

/** The same where Node has no response object: the parser refused the request, or it was a CONNECT. */
export function writeRawProblem(socket: Duplex, problem: Problem, target: ProblemTarget): void {
  const body = problemBody(problem, target);
  const headers = { ...headersOf(problem, target, body), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = problemStatus(problem);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
}

function problemBody(problem: Problem, target: ProblemTarget): string {
  const { requestId, instance, route } = target;
  const context = { requestId, ...(instance !== undefined && { instance }), ...(route !== undefined && { route }) };
  return `${JSON.stringify(problemDocument(withAdvice(problem, requestId), context))}\n`;
}

/** Who is told no learns how to ask why; the id is plain and needs no quotes in a shell. */
function withAdvice(problem: Problem, requestId: string): Problem {
  if (problemStatus(problem) !== 403) return problem;
  return {
    ...problem,
    detail: `${problem.detail.replace(/\.$/, '')}. "wayleave explain --request-id ${requestId}" shows each step`,
  };
}

function headersOf(problem: Problem, target: ProblemTarget, body: string): Record<string, string> {
  return {
    ...problemHeaders(problem, target.realm),
    'x-request-id': target.requestId,
    ...(target.assumedUntil !== undefined && { 'x-auth-assumed-until': target.assumedUntil }),
    ...target.browser,
    'content-length': String(Buffer.byteLength(body)),
  };
}
