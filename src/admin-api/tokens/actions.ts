import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import type { TokenAction } from '../ports/tokens.ts';
import { withReceipt } from '../receipt.ts';
import { findToken } from './access.ts';
import { deleteTokenCall, disableTokenCall, enableTokenCall, expireTokenCall, revokeTokenCall } from './calls.ts';
import { presentToken } from './present.ts';
import { notPossible } from './states.ts';

export function addTokenActions(app: AdminApp): void {
  app.openapi(expireTokenCall, act('expire'));
  app.openapi(disableTokenCall, act('disable'));
  app.openapi(enableTokenCall, act('enable'));
  app.openapi(revokeTokenCall, act('revoke'));
  app.openapi(deleteTokenCall, act('delete'));
}

type ActionCall =
  | typeof expireTokenCall
  | typeof disableTokenCall
  | typeof enableTokenCall
  | typeof revokeTokenCall
  | typeof deleteTokenCall;

/** Every action is one transition that the store judges against the token's state. */
function act(action: TokenAction): RouteHandler<ActionCall, AdminEnv> {
  return async (c) => {
    const { caller, deps } = c.var;
    const { id } = c.req.valid('param');
    const found = await findToken(deps.stores, caller, id, 'wayleave:tokens:write');
    if (found.kind === 'refused') return refuse(c, found.problem);
    const { outcome, receipt } = await withReceipt(deps, () => deps.stores.tokens.act(id, action, caller.subject.id));
    if (outcome === undefined) return refuse(c, notFound('token', id));
    switch (outcome.kind) {
      case 'changed':
        return c.json({ token: presentToken(outcome.token, deps.currentConfig().tokens.maxLifetimeMs), receipt }, 200);
      case 'not_possible':
        return refuse(c, notPossible(outcome.token, action));
      case 'conflict':
        return refuse(c, {
          code: 'conflict',
          detail: `Another token of the owner has that name by now (${outcome.existingId}); end that one first.`,
          existingId: outcome.existingId,
        });
    }
  };
}
