import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemDocument, problemHeaders, problemStatus, type Problem } from '../core/problem.ts';

export interface ProblemTarget {
  readonly requestId: string;
  /** The realm of the challenge: the public name of the gateway. */
  readonly realm: string;
  readonly route?: string | undefined;
  /** The canonical path, when there is one. */
  readonly instance?: string | undefined;
}

/**
 * Turns a problem into an answer. The only place of the data plane that does so.
 * @param closes whether the connection ends with it, because what follows on it cannot be trusted or read
 */
export function sendProblem(res: ServerResponse, problem: Problem, target: ProblemTarget, closes: boolean): void {
  const body = problemBody(problem, target);
  const headers = headersOf(problem, target, body);
  if (closes) headers['connection'] = 'close';
  res.writeHead(problemStatus(problem), headers);
  res.end(res.req.method === 'HEAD' ? undefined : body);
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
  return `${JSON.stringify(problemDocument(problem, context))}\n`;
}

function headersOf(problem: Problem, target: ProblemTarget, body: string): Record<string, string> {
  return {
    ...problemHeaders(problem, target.realm),
    'x-request-id': target.requestId,
    'content-length': String(Buffer.byteLength(body)),
  };
}
