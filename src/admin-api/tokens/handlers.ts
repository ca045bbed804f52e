import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import { findOwner, findToken, readUserRecord } from './access.ts';
import { createTokenCall, editTokenCall, listTokensCall, showTokenCall } from './calls.ts';
import { editProblem } from './edit-rules.ts';
import { tokenFilter } from './filter.ts';
import { mint } from './mint.ts';
import { presentToken } from './schema.ts';
import { unknownScopeProblem } from './scope-rules.ts';
import { notPossible } from './states.ts';

export function addTokenCalls(app: AdminApp): void {
  app.openapi(createTokenCall, create);
  app.openapi(listTokensCall, list);
  app.openapi(showTokenCall, show);
  app.openapi(editTokenCall, edit);
}

const create: RouteHandler<typeof createTokenCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const input = c.req.valid('json');
  const unknown = unknownScopeProblem(input.scopes, deps.currentConfig().scopes);
  if (unknown !== undefined) return refuse(c, unknown);
  const owner = await findOwner(deps.stores, caller, input.user_id ?? caller.subject.id);
  if (owner.kind === 'refused') return refuse(c, owner.problem);
  const minted = mint(input, owner.item, caller, deps);
  if (minted.kind === 'refused') return refuse(c, minted.problem);
  const outcome = await deps.stores.tokens.create(minted.record);
  if (outcome.kind === 'created') return c.json({ token: presentToken(outcome.item), secret: minted.secret }, 201);
  return refuse(c, {
    code: 'conflict',
    detail:
      `"${owner.item.username}" has a token named ${JSON.stringify(input.name)} already (${outcome.existingId}); ` +
      'choose another name, or end that one first.',
    existingId: outcome.existingId,
  });
};

const list: RouteHandler<typeof listTokensCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const query = c.req.valid('query');
  const filter = await tokenFilter(query, caller, deps.stores);
  if (filter.kind === 'refused') return refuse(c, filter.problem);
  const page = await deps.stores.tokens.list(filter.item, pageRequest(query));
  return c.json(presentPage(page, presentToken), 200);
};

const show: RouteHandler<typeof showTokenCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const found = await findToken(c.var.deps.stores, c.var.caller, id, 'wayleave:tokens:read');
  return found.kind === 'refused' ? refuse(c, found.problem) : c.json(presentToken(found.item), 200);
};

const edit: RouteHandler<typeof editTokenCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { id } = c.req.valid('param');
  const { purpose, ...input } = c.req.valid('json');
  const scopes = input.scopes && [...new Set(input.scopes)];
  const { scopes: catalogue, roleScopes } = deps.currentConfig();
  const unknown = unknownScopeProblem(scopes ?? [], catalogue);
  if (unknown !== undefined) return refuse(c, unknown);
  const found = await findToken(deps.stores, caller, id, 'wayleave:tokens:write');
  if (found.kind === 'refused') return refuse(c, found.problem);
  if (scopes !== undefined) {
    const owner = await readUserRecord(deps.stores, found.item.userId);
    if (owner === undefined) return refuse(c, notFound('token', id));
    const problem = editProblem({ token: found.item, scopes, owner }, caller, roleScopes);
    if (problem !== undefined) return refuse(c, problem);
  }
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.tokens.edit(id, defined({ scopes, purpose }), caller.subject.id),
  );
  if (outcome === undefined) return refuse(c, notFound('token', id));
  if (outcome.kind === 'not_possible') return refuse(c, notPossible(outcome.token, 'edit'));
  return c.json({ token: presentToken(outcome.token), receipt }, 200);
};
