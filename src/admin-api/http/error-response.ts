import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AuditUnavailable } from '../../core/audit-unavailable.ts';
import type { Problem } from '../../core/problem.ts';
import { StoreUnavailable } from '../../core/store-unavailable.ts';
import type { AdminEnv } from '../context.ts';
import { refuse } from './problem-response.ts';

/** Answers what was thrown. Nobody outside learns more than that the gateway failed; the log has the cause. */
export function answerError(error: Error, c: Context<AdminEnv>): Response {
  const problem = problemOf(error);
  const line = { err: error, request_id: c.var.requestId, code: problem.code };
  if (problem.code === 'internal_error') c.var.deps.logger.error(line, 'admin request failed');
  else if (problem.code === 'audit_unavailable') c.var.deps.logger.error(line, 'a change was refused, unaudited');
  else if (problem.code === 'store_unavailable') c.var.deps.logger.warn(line, 'the store does not answer');
  return refuse(c, problem);
}

function problemOf(error: Error): Problem {
  if (error instanceof StoreUnavailable) {
    return {
      code: 'store_unavailable',
      detail: 'The store does not answer, and nothing was changed as far as this node knows; try again shortly.',
      retryAfterSeconds: 1,
    };
  }
  if (error instanceof AuditUnavailable) {
    return {
      code: 'audit_unavailable',
      detail:
        'The change could not be written into the audit log, so it was not made. Operators find the cause in the log.',
      retryAfterSeconds: 5,
    };
  }
  if (error instanceof HTTPException && error.status === 415) {
    return { code: 'unsupported_media_type', detail: 'The body must be application/json.' };
  }
  if (error instanceof HTTPException && error.status < 500) {
    return { code: 'validation_failed', detail: 'The request cannot be read.' };
  }
  return { code: 'internal_error', detail: 'The gateway failed. Its log says more under the request id.' };
}
