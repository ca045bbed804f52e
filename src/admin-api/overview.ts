import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from './context.ts';
import { inOrganization } from './guard.ts';
import { answer, findRefusals, noQuery, security } from './http/documentation.ts';
import { organizationReference } from './http/fields.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const hours = 24;

const count = z.object({
  count: z.int(),
  more: z.boolean().openapi({ description: 'There are more; counting stops at 10,000' }),
});

const overviewView = z
  .object({
    tokens: z.object({ active: count, disabled: count, expired: count, revoked: count }),
    expiring: z.object({
      within_7_days: count,
      within_30_days: count.openapi({ description: 'Those of the 7 days among them' }),
    }),
    requests: z
      .array(z.object({ hour: z.iso.datetime(), allowed: z.int(), refused: z.int() }))
      .nullable()
      .openapi({ description: `The last ${hours} hours, the oldest first; null without \`wayleave:usage:read\`` }),
  })
  .openapi('Overview');

const overviewCall = createRoute({
  method: 'get',
  path: '/api/v1/organizations/{org}/overview',
  tags: ['Organizations'],
  security,
  summary: 'Count the tokens and requests of an organisation',
  description: 'Needs `wayleave:tokens:read`.',
  middleware: [inOrganization('wayleave:tokens:read')] as const,
  request: { params: z.object({ org: organizationReference }), query: noQuery },
  responses: { 200: answer('The organisation at a glance', overviewView), ...findRefusals },
});

export function addOverviewCall(app: AdminApp): void {
  app.openapi(overviewCall, overview);
}

const overview: RouteHandler<typeof overviewCall, AdminEnv> = async (c) => {
  const { caller, deps, organization } = c.var;
  const { overviews } = deps.stores;
  const nowMs = deps.clock.now();
  const firstHourMs = nowMs - (nowMs % hourMs) - (hours - 1) * hourMs;
  const mayReadUsage = caller.scopes.has('wayleave:usage:read');
  const [tokens, soon, later, requests] = await Promise.all([
    overviews.tokens(organization.id),
    overviews.expiring(organization.id, nowMs + 7 * dayMs),
    overviews.expiring(organization.id, nowMs + 30 * dayMs),
    mayReadUsage ? overviews.requests(organization.id, firstHourMs) : undefined,
  ]);
  const found = new Map(requests?.map((one) => [one.hourMs, one]));
  const all = Array.from({ length: hours }, (_, at) => {
    const at0 = firstHourMs + at * hourMs;
    const { allowed = 0, refused = 0 } = found.get(at0) ?? {};
    return { hour: new Date(at0).toISOString(), allowed, refused };
  });
  return c.json(
    {
      tokens,
      expiring: { within_7_days: soon, within_30_days: later },
      requests: requests === undefined ? null : all,
    },
    200,
  );
};
