import type { Problem } from '../core/problem.ts';
import { ExchangeEnded } from './end-exchange.ts';
import { BodyTooLarge, BodyTooSlow } from './request-body.ts';

const timeouts = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

const notReached = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'ENOENT',
]);

/** Whether the request never left: another target may get it. */
export function wasNeverSent(error: unknown): boolean {
  const code = codeOf(error);
  return notReached.has(code) || code === 'UND_ERR_CONNECT_TIMEOUT' || isCertificateFault(error);
}

/** Whether the connection ended, rather than that something came on it. */
export function isConnectionEnd(error: unknown): boolean {
  const code = codeOf(error);
  if (code === 'ECONNRESET' || code === 'EPIPE') return true;
  return code === 'UND_ERR_SOCKET' && error instanceof Error && /^(?:other side )?closed$/.test(error.message);
}

/** What a failed forward looks like from outside; the exact reason goes to the log as `cause`. */
export function forwardFailure(error: unknown, upstream: string): Problem {
  if (error instanceof ExchangeEnded) return error.problem;
  if (error instanceof BodyTooLarge) return { code: 'body_too_large', detail: error.message };
  if (error instanceof BodyTooSlow) return { code: 'request_timeout', detail: error.message };
  const code = codeOf(error);
  if (timeouts.has(code)) {
    return { code: 'upstream_timeout', detail: `the upstream "${upstream}" did not answer in time`, cause: error };
  }
  if (notReached.has(code) || isCertificateFault(error)) {
    return { code: 'upstream_unreachable', detail: `the upstream "${upstream}" cannot be reached`, cause: error };
  }
  return { code: 'upstream_invalid_response', detail: `the upstream "${upstream}" gave no valid answer`, cause: error };
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isCertificateFault(error: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/.test(codeOf(error));
}
