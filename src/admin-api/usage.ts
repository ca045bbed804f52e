import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { earliestInstantMs } from '../lib/instants.ts';
import { readPlace } from '../lib/keyset.ts';
import { maySeeOrganization, maySeeReference } from './caller.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { needs } from './guard.ts';
import { defined } from './http/defined.ts';
import { answer, findRefusals, security } from './http/documentation.ts';
import { id, instant, organizationReference } from './http/fields.ts';
import { pageOf, pageQuery, pageRequest, presentPage } from './http/paging.ts';
import { notFound, refuse } from './http/problem-response.ts';
import { invalidField } from './http/validation.ts';
import type { UsageHour } from './ports/usage.ts';
import { organizationFilter } from './tokens/filter.ts';
import { rfc3339 } from './tokens/present.ts';

const hourMs = 3_600_000;
const usualHours = 24;

const usageView = z
  .object({
    hour: z.iso.datetime().openapi({ description: 'When the hour began' }),
    token_id: z.string(),
    user_id: z.string(),
    organization_id: z.string(),
    route: z.string(),
    scopes: z
      .string()
      .openapi({ description: 'What the route asked for, separated by spaces; `|` joins those of which one would do' }),
    allowed: z.int(),
    refused: z.int().openapi({ description: 'Requests that the gateway refused although it knew the token' }),
  })
  .openapi('UsageHour');

const listUsageCall = createRoute({
  method: 'get',
  path: '/api/v1/usage',
  tags: ['Usage'],
  security,
  summary: 'Count the requests of tokens by route and hour',
  description:
    "Needs `wayleave:usage:read`. The caller's own organisation; any for the platform's admins. Newest hour first, some " +
    'seconds behind, for 90 days. Deleted tokens are counted too.',
  middleware: [needs('wayleave:usage:read')] as const,
  request: {
    query: z.strictObject({
      ...pageQuery,
      cursor: z
        .string()
        .refine((text) => readPlace(text, 4) !== undefined, 'is not a cursor that this list answered')
        .optional()
        .openapi({ description: 'What the page before gave as next_cursor' }),
      token_id: id.optional(),
      user_id: id.optional(),
      organization: organizationReference.optional(),
      from: instant
        .optional()
        .openapi({ description: `Hours that end after this; ${usualHours} h before \`to\` unless told` }),
      to: instant.optional().openapi({ description: 'Hours that begin before this; now unless told' }),
    }),
  },
  responses: { 200: answer('A page of hours', pageOf(usageView)), ...findRefusals },
});

export function addUsageCalls(app: AdminApp): void {
  app.openapi(listUsageCall, list);
}

const list: RouteHandler<typeof listUsageCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { organization: reference, user_id: userId, token_id: tokenId, from, to, ...page } = c.req.valid('query');
  const toMs = to === undefined ? deps.clock.now() : Date.parse(to);
  const fromMs = from === undefined ? Math.max(toMs - usualHours * hourMs, earliestInstantMs) : Date.parse(from);
  if (fromMs > toMs) return refuse(c, invalidField('/query/from', 'is later than "to"'));
  if (reference !== undefined && !maySeeReference(caller, reference))
    return refuse(c, notFound('organisation', reference));
  const within = await organizationFilter(reference, caller, deps.stores);
  if (within.kind === 'refused') return refuse(c, within.problem);
  if (userId !== undefined) {
    const user = await deps.stores.users.findById(userId);
    if (user === undefined || !maySeeOrganization(caller, user.organizationId))
      return refuse(c, notFound('user', userId));
  }
  const { organizationId } = within.item;
  const hours = { fromMs: fromMs - (fromMs % hourMs), toMs };
  const found = await deps.stores.usage.list(
    { ...defined({ organizationId, userId, tokenId }), ...hours },
    pageRequest(page),
  );
  return c.json(presentPage(found, presentUsage), 200);
};

function presentUsage(usage: UsageHour): z.infer<typeof usageView> {
  return {
    hour: rfc3339(usage.hourMs),
    token_id: usage.tokenId,
    user_id: usage.userId,
    organization_id: usage.organizationId,
    route: usage.route,
    scopes: usage.scopes,
    allowed: usage.allowed,
    refused: usage.refused,
  };
}
