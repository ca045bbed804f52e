import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Problem } from '../core/problem.ts';
import { exchangeOf } from './exchange.ts';
import { sendProblem, writeRawProblem } from './problem-response.ts';

/** What Node reports of a connection whose bytes make no request. */
export interface ParserError extends Error {
  readonly code?: string;
  readonly bytesParsed?: number;
  readonly rawPacket?: Buffer;
}

const refused = new WeakSet<Socket>();

/**
 * Answers bytes that the parser refused and ends the connection. An answer that is due for an earlier, well-formed
 * request on the same connection goes out first.
 * @returns the problem that was answered, if one could be
 */
export function refuseUnparsable(error: ParserError, socket: Socket, realm: string): Problem | undefined {
  // What comes after "Connection: close" is not read.
  if (error.code === 'HPE_CLOSED_CONNECTION') return undefined;
  // The peer is gone, or there is no telling it anything: its TLS handshake failed or took too long.
  if (!/^(?:HPE|ERR_HTTP)_/.test(error.code ?? '') || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  // Whatever else comes on a connection that is about to end makes no request either.
  if (refused.has(socket)) return undefined;
  refused.add(socket);
  const problem = parserProblem(error);
  const exchange = exchangeOf(socket);
  const target = { requestId: exchange?.requestId ?? randomUUID(), realm };
  if (exchange === undefined || exchange.res.writableFinished) {
    writeRawProblem(socket, problem, target);
  } else if (exchange.req.complete) {
    exchange.res.once('finish', () => writeRawProblem(socket, problem, { realm, requestId: randomUUID() }));
  } else {
    exchange.aborted = true;
    exchange.problem = problem;
    if (exchange.res.headersSent) socket.destroy();
    else sendProblem(exchange.res, problem, target, 'close');
    exchange.req.destroy();
  }
  return problem;
}

const tooLongTargetBytes = 8 * 1024;

function parserProblem(error: ParserError): Problem {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'request_timeout', detail: 'the request did not arrive in time' };
    case 'HPE_HEADER_OVERFLOW':
      return isLongTarget(error)
        ? { code: 'uri_too_long', detail: 'the request target is too long' }
        : { code: 'headers_too_large', detail: 'the header fields are too large together' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { code: 'body_too_large', detail: 'the chunk extensions of the body are too large' };
    case 'HPE_INVALID_HEADER_TOKEN':
      return hasSpaceBeforeColon(error)
        ? {
            code: 'header_invalid',
            detail: 'white space stands between a header name and its colon (RFC 9112, section 5.1)',
          }
        : malformed(error);
    default:
      return malformed(error);
  }
}

function malformed(error: ParserError): Problem {
  return { code: 'invalid_request', detail: 'the bytes sent make no HTTP/1.1 request (RFC 9112)', cause: error };
}

function isLongTarget(error: ParserError): boolean {
  const lineEnd = error.rawPacket?.indexOf('\r\n') ?? 0;
  return lineEnd === -1 || lineEnd > tooLongTargetBytes;
}

function hasSpaceBeforeColon(error: ParserError): boolean {
  const line =
    error.rawPacket
      ?.toString('latin1', 0, (error.bytesParsed ?? 0) + 2)
      .split('\r\n')
      .at(-1) ?? '';
  return /^[^\s:]+[ \t]+:/.test(line);
}
