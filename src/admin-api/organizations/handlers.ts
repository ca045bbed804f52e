import type { RouteHandler } from '@hono/zod-openapi';
import type { Organization } from '../../core/directory.ts';
import { platformOrganizationSlug } from '../../core/scope.ts';
import { isPlatformCaller, type Caller } from '../caller.ts';
import type { AdminApp, AdminEnv } from '../context.ts';
import { defined } from '../http/defined.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { notFound, refuse, type Refusal } from '../http/problem-response.ts';
import { withReceipt } from '../receipt.ts';
import {
  changeOrganizationCall,
  createOrganizationCall,
  listOrganizationsCall,
  showOrganizationCall,
} from './calls.ts';
import { presentOrganization } from './schema.ts';

export function addOrganizationCalls(app: AdminApp): void {
  app.openapi(createOrganizationCall, create);
  app.openapi(listOrganizationsCall, list);
  app.openapi(showOrganizationCall, (c) => c.json(presentOrganization(c.var.organization), 200));
  app.openapi(changeOrganizationCall, change);
}

const create: RouteHandler<typeof createOrganizationCall, AdminEnv> = async (c) => {
  const input = c.req.valid('json');
  const outcome = await c.var.deps.stores.organizations.create(input);
  if (outcome.kind === 'created') return c.json(presentOrganization(outcome.item), 201);
  return refuse(c, {
    code: 'conflict',
    detail: `An organisation with the slug "${input.slug}" exists already; choose another, or use ${outcome.existingId}.`,
    existingId: outcome.existingId,
  });
};

const list: RouteHandler<typeof listOrganizationsCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { organizations } = deps.stores;
  if (isPlatformCaller(caller)) {
    const page = await organizations.list(pageRequest(c.req.valid('query')));
    return c.json(presentPage(page, presentOrganization), 200);
  }
  const own = await organizations.find(caller.subject.organization.id);
  return c.json({ items: own === undefined ? [] : [presentOrganization(own)], next_cursor: null }, 200);
};

const change: RouteHandler<typeof changeOrganizationCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const input = c.req.valid('json');
  const problem = input.status === 'suspended' ? suspensionProblem(organization, caller) : undefined;
  if (problem !== undefined) return refuse(c, problem);
  const { outcome, receipt } = await withReceipt(deps, () =>
    deps.stores.organizations.change(organization.id, defined(input)),
  );
  if (outcome === undefined) return refuse(c, notFound('organisation', organization.id));
  return c.json({ organization: presentOrganization(outcome), receipt }, 200);
};

/** Nobody locks everybody out, or oneself. */
function suspensionProblem({ id, slug }: Organization, caller: Caller): Refusal<'own_organization'> | undefined {
  if (slug !== platformOrganizationSlug && id !== caller.subject.organization.id) return undefined;
  return {
    code: 'own_organization',
    detail:
      `The organisation "${slug}" is your own and holds the admins of the platform: nobody could resume it. ` +
      'Disable single users instead.',
  };
}
