import type { RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse, type Refusal } from '../http/problem-response.ts';
import { lastPlatformAdminProblem, platformAdminProblem } from '../platform-admins.ts';
import { withReceipt } from '../receipt.ts';
import { changeUserCall, createUserCall, listUsersCall, removeUserCall, showUserCall } from './calls.ts';
import { presentUser } from './schema.ts';
import { serviceFieldsProblem, unfitOwnerProblem } from './service-fields.ts';

export function addUserCalls(app: AdminApp): void {
  app.openapi(createUserCall, create);
  app.openapi(listUsersCall, list);
  app.openapi(showUserCall, show);
  app.openapi(changeUserCall, change);
  app.openapi(removeUserCall, remove);
}

const create: RouteHandler<typeof createUserCall, AdminEnv> = async (c) => {
  const { deps, organization } = c.var;
  const { access_token_type: accessTokenType, owner: ownerId, ...input } = c.req.valid('json');
  const problem = await serviceFieldsProblem(deps.stores, organization.id, { ...input, ownerId });
  if (problem !== undefined) return refuse(c, problem);
  const outcome = await deps.stores.users.create({
    organizationId: organization.id,
    accessTokenType,
    ...defined({ ...input, ownerId }),
  });
  if (outcome.kind === 'created') return c.json(presentUser(outcome.item), 201);
  if (outcome.kind === 'unfit_owner') return refuse(c, unfitOwnerProblem);
  const { existingId } = outcome;
  const exists = (await deps.stores.users.find(organization.id, existingId)) !== undefined;
  const detail = exists
    ? `The organisation has a user "${input.username}" already; choose another name, or use ${existingId}.`
    : `The user "${input.username}" (${existingId}) was deleted, and a name is never given twice; choose another one.`;
  return refuse(c, { code: 'conflict', detail, existingId });
};

const list: RouteHandler<typeof listUsersCall, AdminEnv> = async (c) => {
  const { kind, search, review, ...page } = c.req.valid('query');
  const { deps, organization } = c.var;
  const users = await deps.stores.users.list(
    organization.id,
    { ...defined({ kind, search }), review: review === 'true' },
    pageRequest(page),
  );
  return c.json(presentPage(users, presentUser), 200);
};

const show: RouteHandler<typeof showUserCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const user = await c.var.deps.stores.users.find(c.var.organization.id, id);
  return user === undefined ? refuse(c, notFound('user', id)) : c.json(presentUser(user), 200);
};

const change: RouteHandler<typeof changeUserCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { caller, deps, organization } = c.var;
  const { owner: ownerId, ...input } = c.req.valid('json');
  const user = await deps.stores.users.find(organization.id, id);
  if (user === undefined) return refuse(c, notFound('user', id));
  const problem =
    (await serviceFieldsProblem(deps.stores, organization.id, { kind: user.kind, ...input, ownerId })) ??
    (await platformAdminProblem(deps.stores, caller, { id, organizationSlug: organization.slug }));
  if (problem !== undefined) return refuse(c, problem);
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.users.change(organization.id, id, defined({ ...input, ownerId })),
  );
  if (outcome === undefined) return refuse(c, notFound('user', id));
  if (outcome.kind === 'last_platform_admin') return refuse(c, lastPlatformAdminProblem);
  if (outcome.kind === 'unfit_owner') return refuse(c, unfitOwnerProblem);
  return c.json({ user: presentUser(outcome), receipt }, 200);
};

const remove: RouteHandler<typeof removeUserCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { caller, deps, organization } = c.var;
  const { users } = deps.stores;
  if ((await users.find(organization.id, id)) === undefined) return refuse(c, notFound('user', id));
  const problem = await platformAdminProblem(deps.stores, caller, { id, organizationSlug: organization.slug });
  if (problem !== undefined) return refuse(c, problem);
  const { outcome, receipt } = await withReceipt(deps, () => users.remove(organization.id, id, caller.subject.id));
  if (outcome === undefined) return refuse(c, notFound('user', id));
  if (outcome.kind === 'last_platform_admin') return refuse(c, lastPlatformAdminProblem);
  if (outcome.kind === 'needed_user') return refuse(c, neededUserProblem);
  return c.json({ user: presentUser(outcome), receipt }, 200);
};

const neededUserProblem: Refusal<'conflict'> = {
  code: 'conflict',
  detail: '`wayleave admin-token` lets operators in by the user root of platform, so it stays; disable it instead.',
};
