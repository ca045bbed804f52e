import type { RouteHandler } from '@hono/zod-openapi';
import type { User } from '../../core/directory.ts';
import type { AdminApp, AdminEnv, AdminStores } from '../context.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse, type Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import { lastPlatformAdminProblem } from '../platform-admins.ts';
import { withReceipt } from '../receipt.ts';
import { changeUserCall, createUserCall, listUsersCall, showUserCall } from './calls.ts';
import { presentUser } from './schema.ts';

export function addUserCalls(app: AdminApp): void {
  app.openapi(createUserCall, create);
  app.openapi(listUsersCall, list);
  app.openapi(showUserCall, show);
  app.openapi(changeUserCall, change);
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
  return refuse(c, {
    code: 'conflict',
    detail: `The organisation has a user "${input.username}" already; choose another name, or use ${outcome.existingId}.`,
    existingId: outcome.existingId,
  });
};

const list: RouteHandler<typeof listUsersCall, AdminEnv> = async (c) => {
  const { kind, search, ...page } = c.req.valid('query');
  const { deps, organization } = c.var;
  const users = await deps.stores.users.list(organization.id, defined({ kind, search }), pageRequest(page));
  return c.json(presentPage(users, presentUser), 200);
};

const show: RouteHandler<typeof showUserCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const user = await c.var.deps.stores.users.find(c.var.organization.id, id);
  return user === undefined ? refuse(c, notFound('user', id)) : c.json(presentUser(user), 200);
};

const change: RouteHandler<typeof changeUserCall, AdminEnv> = async (c) => {
  const { id } = c.req.valid('param');
  const { deps, organization } = c.var;
  const { owner: ownerId, ...input } = c.req.valid('json');
  const user = await deps.stores.users.find(organization.id, id);
  if (user === undefined) return refuse(c, notFound('user', id));
  const problem = await serviceFieldsProblem(deps.stores, organization.id, { kind: user.kind, ...input, ownerId });
  if (problem !== undefined) return refuse(c, problem);
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.users.change(organization.id, id, defined({ ...input, ownerId })),
  );
  if (outcome === undefined) return refuse(c, notFound('user', id));
  if (outcome.kind === 'last_platform_admin') return refuse(c, lastPlatformAdminProblem);
  return c.json({ user: presentUser(outcome), receipt }, 200);
};

interface ServiceFields {
  readonly kind: User['kind'];
  readonly ownerId?: string | null | undefined;
  readonly purpose?: string | null | undefined;
}

/** An owner and a purpose belong to a service user, and the owner is a person of the same organisation. */
async function serviceFieldsProblem(
  stores: AdminStores,
  organizationId: string,
  { kind, ownerId, purpose }: ServiceFields,
): Promise<Refusal<'validation_failed'> | undefined> {
  if (kind === 'human') {
    if (typeof ownerId === 'string') return invalidField('/owner', 'is for service users; a person has no owner');
    if (typeof purpose === 'string') return invalidField('/purpose', 'is for service users; a person has no purpose');
  }
  if (typeof ownerId !== 'string') return undefined;
  const owner = await stores.users.find(organizationId, ownerId);
  return owner?.kind === 'human' ? undefined : invalidField('/owner', 'is not a person of this organisation');
}
