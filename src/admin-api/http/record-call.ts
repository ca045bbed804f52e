import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Caller } from '../caller.ts';
import type { AdminDeps, AdminEnv } from '../context.ts';
import type { AssumedBy } from '../ports/audit.ts';
import { callerAddress } from './caller-address.ts';

/** Gives every request its id, and writes down what came of it. */
export function recordCall(deps: AdminDeps): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    const startedAt = deps.clock.monotonic();
    c.set('deps', deps);
    c.set('requestId', randomUUID());
    await next();
    secure(c);
    const call = calledPath(c);
    tellRefusal(c);
    reportSession(c, call);
    deps.metrics.adminRequest(call, c.res.status);
    const level = call.startsWith('/api/') ? 'info' : 'debug';
    deps.logger[level](
      {
        request_id: c.var.requestId,
        method: c.req.method,
        path: c.req.path,
        call,
        status: c.res.status,
        code: c.var.problem?.code,
        subject: c.var.caller?.subject.id,
        actor: c.var.caller?.actor?.id,
        assume_token: c.var.caller?.assumption?.grantId,
        token_id: c.var.caller?.tokenId,
        organization: c.var.caller?.subject.organization.id,
        duration_ms: Math.round((deps.clock.monotonic() - startedAt) * 1000) / 1000,
        remote_address: c.env?.incoming?.socket.remoteAddress,
      },
      'admin request',
    );
  };
}

/** Refusals for want of a right are audited, counted: strangers can cause any number of them. */
function tellRefusal(c: Context<AdminEnv>): void {
  const { problem, deps, caller } = c.var;
  if (problem === undefined || (c.res.status !== 401 && c.res.status !== 403)) return;
  deps.refusals.note({
    code: problem.code,
    organizationId: caller?.subject.organization.id,
    tokenId: caller?.tokenId,
    address: callerAddress(c),
    assumed: caller && assumedBy(caller),
  });
}

function assumedBy({ subject, actor, assumption }: Caller): AssumedBy | undefined {
  if (actor === undefined || assumption === undefined) return undefined;
  return { subjectId: subject.id, actorId: actor.id, assumeTokenId: assumption.grantId };
}

/** What an assumed user reads here belongs into the report of the session. */
function reportSession(c: Context<AdminEnv>, call: string): void {
  const { caller, deps, problem } = c.var;
  if (caller?.assumption === undefined) return;
  deps.sessionUses.note({
    sessionId: caller.tokenId,
    route: call,
    method: c.req.method,
    code: problem?.code,
    address: callerAddress(c),
  });
}

function secure(c: Context<AdminEnv>): void {
  const { headers } = c.res;
  const until = c.var.caller?.assumption?.until;
  if (until !== undefined) headers.set('x-auth-assumed-until', new Date(until).toISOString());
  headers.set('x-request-id', c.var.requestId);
  headers.set('x-content-type-options', 'nosniff');
  headers.set('referrer-policy', 'no-referrer');
  headers.set('cross-origin-resource-policy', 'same-origin');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
}

/** The template of the call, such as `/api/v1/tokens/:id`: a label of bounded variety, where a path is not. */
function calledPath(c: Context<AdminEnv>): string {
  return matchedRoutes(c).findLast(({ path }) => !path.includes('*'))?.path ?? 'none';
}
