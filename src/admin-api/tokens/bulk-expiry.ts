import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { refuse } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import { expireTokensCall } from './calls.ts';
import { tokenFilter } from './filter.ts';
import { bulkExpiryMax, presentToken } from './schema.ts';

export function addBulkExpiry(app: AdminApp): void {
  app.openapi(expireTokensCall, expire);
}

/** The token that makes the call is left out, or it would end before its work is done. */
const expire: RouteHandler<typeof expireTokensCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { dry_run: dryRun = false, ...criteria } = c.req.valid('json');
  const filter = await tokenFilter(criteria, caller, deps, 'wayleave:tokens:write');
  if (filter.kind === 'refused') return refuse(c, filter.problem);
  const { maxLifetimeMs } = deps.currentConfig().tokens;
  const limit = { most: bulkExpiryMax, except: caller.tokenId, dryRun };
  const change = () => deps.stores.tokens.expireAll(filter.item, limit, caller.subject.id);
  const { outcome, receipt } = dryRun
    ? { outcome: await change(), receipt: undefined }
    : await withReceipt(deps, change);
  const tokens = outcome.tokens.map((token) => presentToken(token, maxLifetimeMs));
  return c.json({ tokens, more: outcome.more, dry_run: dryRun, ...(receipt && { receipt }) }, 200);
};
