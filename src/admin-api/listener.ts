import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { problemDocument, problemHeaders, problemStatus, type Problem } from '../core/problem.ts';
import type { Logger } from '../observability/logger.ts';
import type { AdminApp } from './context.ts';

/** The listener of a Node server for the admin or the ops application. */
export function requestListener(
  app: AdminApp,
  logger: Logger,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return getRequestListener((request, bindings) => app.fetch(request, bindings), {
    overrideGlobalObjects: false,
    errorHandler: (error) => unreadable(error, logger),
  });
}

/** What cannot even become a request (a Host or target that is none) never reaches the application. */
function unreadable(error: unknown, logger: Logger): Response {
  const requestId = randomUUID();
  const problem: Problem =
    error instanceof RequestError
      ? { code: 'invalid_request', detail: 'The request target or the Host header is not acceptable.' }
      : { code: 'internal_error', detail: 'The gateway failed. Its log says more under the request id.' };
  logger.warn({ err: error, request_id: requestId, code: problem.code }, 'a request could not be read');
  return new Response(JSON.stringify(problemDocument(problem, { requestId })), {
    status: problemStatus(problem),
    headers: { ...problemHeaders(problem, 'wayleave'), 'x-request-id': requestId },
  });
}
