import type { RouteHandler } from '@hono/zod-openapi';
import type { Caller } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { refuse } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import { expireTokensCall, pruneTokensCall } from './calls.ts';
import { tokenFilter } from './filter.ts';
import { presentToken } from './present.ts';
import { bulkMax } from './schema.ts';

export function addBulkChanges(app: AdminApp): void {
  app.openapi(expireTokensCall, expire);
  app.openapi(pruneTokensCall, prune);
}

const expire: RouteHandler<typeof expireTokensCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { dry_run: dryRun = false, ...criteria } = c.req.valid('json');
  const outcome = await changeMany('expireAll', { criteria, dryRun }, caller, deps);
  return outcome.kind === 'refused' ? refuse(c, outcome.problem) : c.json(outcome.body, 200);
};

const prune: RouteHandler<typeof pruneTokensCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { dry_run: dryRun = false, ...criteria } = c.req.valid('json');
  const outcome = await changeMany('prune', { criteria, dryRun }, caller, deps);
  return outcome.kind === 'refused' ? refuse(c, outcome.problem) : c.json(outcome.body, 200);
};

/** The token that makes the call is left out, or it would end before its work is done. */
async function changeMany(
  change: 'expireAll' | 'prune',
  { criteria, dryRun }: { readonly criteria: Parameters<typeof tokenFilter>[0]; readonly dryRun: boolean },
  caller: Caller,
  deps: AdminDeps,
) {
  const filter = await tokenFilter(criteria, caller, deps, 'wayleave:tokens:write');
  if (filter.kind === 'refused') return filter;
  const limit = { most: bulkMax, except: caller.tokenId, dryRun };
  const act = () => deps.stores.tokens[change](filter.item, limit, caller.subject.id);
  const { outcome, receipt } = dryRun ? { outcome: await act(), receipt: undefined } : await withReceipt(deps, act);
  const { maxLifetimeMs } = deps.currentConfig().tokens;
  const tokens = outcome.tokens.map((token) => presentToken(token, maxLifetimeMs));
  return { kind: 'done', body: { tokens, more: outcome.more, dry_run: dryRun, ...(receipt && { receipt }) } } as const;
}
