import type { RouteHandler } from '@hono/zod-openapi';
import type { AssumeSession } from '../../core/assume.ts';
import { principalOf } from '../../core/principal.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { callerAddress } from '../http/caller-address.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import type { AssumeSessionFilter } from '../ports/assume.ts';
import { withReceipt } from '../receipt.ts';
import { presentReport } from './report.ts';
import { presentRedeemed, presentSession } from './schema.ts';
import {
  endOwnSessionCall,
  endSessionCall,
  listOwnSessionsCall,
  listSessionsCall,
  redeemCall,
  sessionReportCall,
} from './session-calls.ts';

export function addAssumeSessionCalls(app: AdminApp): void {
  app.openapi(redeemCall, redeem);
  app.openapi(listOwnSessionsCall, listOwn);
  app.openapi(endOwnSessionCall, endOwn);
  app.openapi(listSessionsCall, list);
  app.openapi(endSessionCall, end);
  app.openapi(sessionReportCall, report);
}

const redeem: RouteHandler<typeof redeemCall, AdminEnv> = async (c) => {
  const { caller, deps, requestId } = c.var;
  const { token: assumeToken, reason } = c.req.valid('json');
  const address = callerAddress(c);
  const call = { assumeToken, caller, reason, way: 'token', address, requestId, via: 'api' } as const;
  const outcome = await deps.redemption.redeem(call);
  if (outcome.kind === 'refused') return refuse(c, outcome.problem);
  const { roleScopes, tokenPolicy } = deps.currentConfig();
  const { scopes } = principalOf(outcome.record, roleScopes, tokenPolicy);
  return c.json(presentRedeemed(outcome.session, [...scopes], outcome.secret ?? ''), 201);
};

const listOwn: RouteHandler<typeof listOwnSessionsCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { state, ...page } = c.req.valid('query');
  const filter = { actorId: caller.subject.id, ...stateFilter(state) };
  const found = await deps.stores.assumeSessions.list(filter, pageRequest(page));
  return c.json(presentPage(found, presentSession), 200);
};

const endOwn: RouteHandler<typeof endOwnSessionCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { id } = c.req.valid('param');
  const session = await deps.stores.assumeSessions.find(id);
  if (session?.actor.id !== caller.subject.id) return refuse(c, notFound('session', id));
  const ended = await endWithReceipt(id, { userId: caller.subject.id, as: 'actor' }, deps);
  return ended === undefined ? refuse(c, notFound('session', id)) : c.json(ended, 200);
};

const list: RouteHandler<typeof listSessionsCall, AdminEnv> = async (c) => {
  const { deps, organization } = c.var;
  const { state, assume_token_id: assumeTokenId, ...page } = c.req.valid('query');
  const filter = { organizationId: organization.id, ...defined({ assumeTokenId }), ...stateFilter(state) };
  const found = await deps.stores.assumeSessions.list(filter, pageRequest(page));
  return c.json(presentPage(found, presentSession), 200);
};

const end: RouteHandler<typeof endSessionCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const { id } = c.req.valid('param');
  const session = await deps.stores.assumeSessions.find(id);
  if (session?.subject.organizationId !== organization.id) return refuse(c, notFound('session', id));
  const ended = await endWithReceipt(id, { userId: caller.subject.id, as: 'admin' }, deps);
  return ended === undefined ? refuse(c, notFound('session', id)) : c.json(ended, 200);
};

const report: RouteHandler<typeof sessionReportCall, AdminEnv> = async (c) => {
  const { deps, organization } = c.var;
  const { id } = c.req.valid('param');
  const session = await deps.stores.assumeSessions.find(id);
  if (session?.subject.organizationId !== organization.id) return refuse(c, notFound('session', id));
  const usage = await deps.stores.sessionUsage.find(id);
  return c.json(presentReport(session, usage, deps.clock.now()), 200);
};

function stateFilter(state: 'active' | 'ended' | undefined): Pick<AssumeSessionFilter, 'state'> {
  return state === undefined ? {} : { state: state === 'active' ? 'open' : 'ended' };
}

/** Ends a session, and waits until every node knows. */
async function endWithReceipt(
  id: string,
  by: { readonly userId: string; readonly as: 'actor' | 'admin' },
  deps: AdminDeps,
) {
  const { outcome, receipt } = await withReceipt(deps, (): Promise<AssumeSession | undefined> => {
    return deps.stores.assumeSessions.end(id, by);
  });
  return outcome && { assume_session: presentSession(outcome), receipt };
}
