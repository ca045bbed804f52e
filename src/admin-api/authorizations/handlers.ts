import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse } from '../http/problem-response.ts';
import { lastPlatformAdminProblem } from '../platform-admins.ts';
import { withReceipt } from '../receipt.ts';
import { createAuthorizationCall, listAuthorizationsCall, removeAuthorizationCall } from './calls.ts';
import { grantProblem, misplacedRoleProblem, unknownRoleProblem } from './grant-rules.ts';
import { presentAuthorization } from './schema.ts';

export function addAuthorizationCalls(app: AdminApp): void {
  app.openapi(createAuthorizationCall, create);
  app.openapi(listAuthorizationsCall, list);
  app.openapi(removeAuthorizationCall, remove);
}

const create: RouteHandler<typeof createAuthorizationCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const { user_id: userId, project, roles } = c.req.valid('json');
  const grant = { project, roles: [...new Set(roles)] };
  const { projects } = deps.currentConfig();
  const problem =
    unknownRoleProblem(grant, projects) ??
    grantProblem(grant, caller) ??
    misplacedRoleProblem(grant, organization.slug);
  if (problem !== undefined) return refuse(c, problem);
  const user = await deps.stores.users.find(organization.id, userId);
  if (user === undefined) return refuse(c, notFound('user', userId));
  const outcome = await deps.stores.authorizations.create({ organizationId: organization.id, userId, ...grant });
  if (outcome.kind === 'created') return c.json(presentAuthorization(outcome.item, projects), 201);
  return refuse(c, {
    code: 'conflict',
    detail:
      `The user "${user.username}" holds roles of ${project} already, by ${outcome.existingId}; ` +
      'remove that and grant all the roles together.',
    existingId: outcome.existingId,
  });
};

const list: RouteHandler<typeof listAuthorizationsCall, AdminEnv> = async (c) => {
  const { user_id: userId, ...page } = c.req.valid('query');
  const { deps, organization } = c.var;
  const { authorizations } = deps.stores;
  const { projects } = deps.currentConfig();
  const found = await authorizations.list(organization.id, defined({ userId }), pageRequest(page));
  return c.json(
    presentPage(found, (item) => presentAuthorization(item, projects)),
    200,
  );
};

const remove: RouteHandler<typeof removeAuthorizationCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { caller, deps, organization } = c.var;
  const { authorizations } = deps.stores;
  const authorization = await authorizations.find(organization.id, id);
  if (authorization === undefined) return refuse(c, notFound('authorization', id));
  const problem = grantProblem(authorization, caller);
  if (problem !== undefined) return refuse(c, problem);
  const { outcome, receipt } = await withReceipt(deps, () => authorizations.remove(organization.id, id));
  if (outcome === undefined) return refuse(c, notFound('authorization', id));
  if ('kind' in outcome) return refuse(c, lastPlatformAdminProblem);
  return c.json({ authorization: presentAuthorization(outcome, deps.currentConfig().projects), receipt }, 200);
};
