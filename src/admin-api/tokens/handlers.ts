import type { RouteHandler } from '@hono/zod-openapi';
import type { Caller } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { defined } from '../http/defined.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import { readUserRecord } from '../read-user.ts';
import { findOwner, findToken } from './access.ts';
import { addBulkChanges } from './bulk-changes.ts';
import { createTokenCall, editTokenCall, rotateTokenCall, showTokenCall } from './calls.ts';
import { editProblem } from './edit-rules.ts';
import { addTokenList } from './list.ts';
import { mint } from './mint.ts';
import { rotateToken } from './rotation.ts';
import { presentToken } from './present.ts';
import { unknownScopeProblem } from './scope-rules.ts';
import { notPossible, untilSettled } from './states.ts';

export function addTokenCalls(app: AdminApp): void {
  app.openapi(createTokenCall, create);
  addTokenList(app);
  app.openapi(showTokenCall, show);
  app.openapi(editTokenCall, edit);
  app.openapi(rotateTokenCall, rotate);
  addBulkChanges(app);
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
  if (outcome.kind === 'created')
    return c.json(
      { token: presentToken(outcome.item, deps.currentConfig().tokens.maxLifetimeMs), secret: minted.secret },
      201,
    );
  return refuse(c, {
    code: 'conflict',
    detail:
      `"${owner.item.username}" has a token named ${JSON.stringify(input.name)} already (${outcome.existingId}); ` +
      'choose another name, or end that one first.',
    existingId: outcome.existingId,
  });
};

const show: RouteHandler<typeof showTokenCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { caller, deps } = c.var;
  const found = await findToken(deps.stores, caller, id, 'wayleave:tokens:read');
  if (found.kind === 'refused') return refuse(c, found.problem);
  return c.json(presentToken(found.item, deps.currentConfig().tokens.maxLifetimeMs), 200);
};

const edit: RouteHandler<typeof editTokenCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { id } = c.req.valid('param');
  const { purpose, ...input } = c.req.valid('json');
  const scopes = input.scopes && [...new Set(input.scopes)];
  const { scopes: catalogue, tokens } = deps.currentConfig();
  const unknown = unknownScopeProblem(scopes ?? [], catalogue);
  if (unknown !== undefined) return refuse(c, unknown);
  const done = await untilSettled(() => editOnce(id, defined({ scopes, purpose }), caller, deps));
  if (done.kind === 'refused') return refuse(c, done.problem);
  return c.json({ token: presentToken(done.token, tokens.maxLifetimeMs), receipt: done.receipt }, 200);
};

interface Edit {
  readonly scopes?: readonly string[];
  readonly purpose?: string | null;
}

/** Judges an edit by the token as it is, and makes it if the token is still the same then. */
async function editOnce(id: string, change: Edit, caller: Caller, deps: AdminDeps) {
  const found = await findToken(deps.stores, caller, id, 'wayleave:tokens:write');
  if (found.kind === 'refused') return found;
  const { scopes } = change;
  if (scopes !== undefined) {
    const owner = await readUserRecord(deps.stores, found.item.userId);
    if (owner === undefined) return { kind: 'refused', problem: notFound('token', id) } as const;
    const problem = editProblem({ token: found.item, scopes, owner }, caller, deps.currentConfig().roleScopes);
    if (problem !== undefined) return { kind: 'refused', problem } as const;
  }
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.tokens.edit(id, { ...change, version: found.item.version }, caller.subject.id),
  );
  if (outcome === undefined) return { kind: 'refused', problem: notFound('token', id) } as const;
  switch (outcome.kind) {
    case 'outdated':
      return outcome;
    case 'not_possible':
      return { kind: 'refused', problem: notPossible(outcome.token, 'edit') } as const;
    case 'changed':
      return { ...outcome, receipt };
  }
}

const rotate: RouteHandler<typeof rotateTokenCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { id } = c.req.valid('param');
  const find = async () => {
    const found = await findToken(deps.stores, caller, id, 'wayleave:tokens:write');
    return found.kind === 'found' ? found.item : found.problem;
  };
  const outcome = await rotateToken(find, c.req.valid('json'), caller, deps);
  return outcome.kind === 'refused' ? refuse(c, outcome.problem) : c.json(outcome.body, 200);
};
