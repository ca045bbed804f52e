import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { parseDuration } from '../lib/units.ts';
import { maySeeOrganization, maySeeReference } from './caller.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { lacking, needs } from './guard.ts';
import { defined } from './http/defined.ts';
import { answer, findRefusals, security } from './http/documentation.ts';
import { id, organizationReference } from './http/fields.ts';
import { pageOf, pageQuery, pageRequest, presentPage } from './http/paging.ts';
import { notFound, refuse } from './http/problem-response.ts';
import type { TokenScopeUse } from './ports/usage.ts';
import { organizationFilter } from './tokens/filter.ts';
import { rfc3339 } from './tokens/present.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Usage is kept for as long. */
const longestMs = 90 * dayMs;
const usual = '60d';

const scopeUseView = z
  .object({
    token_id: z.string(),
    name: z.string(),
    user_id: z.string(),
    username: z.string(),
    organization_id: z.string(),
    created_at: z.iso.datetime(),
    requests: z.int().openapi({ description: 'Those that were let through since then' }),
    last_hour: z.iso.datetime().nullable().openapi({ description: 'The hour of the last one' }),
    used: z.array(z.string()).openapi({ description: 'Scopes that a route asked for which let it through' }),
    unused: z.array(z.string()),
    uncounted: z.array(z.string()).openapi({ description: 'Scopes of the admin API, whose use is not counted' }),
  })
  .openapi('ScopeUse');

const listCall = createRoute({
  method: 'get',
  path: '/api/v1/usage/scopes',
  tags: ['Usage'],
  security,
  summary: 'Say which of their scopes active tokens used, and which they did not',
  description:
    "`wayleave:self` shows one's own tokens, `wayleave:usage:read` those of the organisation, for platform admins of all. " +
    'Routes are what counts: what an upstream makes of a scope that no route asks for is not known.',
  middleware: [needs('wayleave:usage:read', 'wayleave:self')] as const,
  request: {
    query: z.strictObject({
      ...pageQuery,
      token_id: id.optional(),
      user_id: id.optional(),
      organization: organizationReference.optional(),
      since: z
        .string()
        .refine((text) => {
          const ms = parseDuration(text) ?? 0;
          return ms > 0 && ms <= longestMs;
        }, 'must be a duration such as 30d, at most 90d')
        .optional()
        .openapi({ description: `How far back; ${usual} unless told` }),
    }),
  },
  responses: { 200: answer('A page of tokens', pageOf(scopeUseView)), ...findRefusals },
});

export function addScopeUseCalls(app: AdminApp): void {
  app.openapi(listCall, list);
}

const list: RouteHandler<typeof listCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const { organization: reference, user_id: userId, token_id: tokenId, since = usual, ...page } = c.req.valid('query');
  if (reference !== undefined && !maySeeReference(caller, reference))
    return refuse(c, notFound('organisation', reference));
  const within = await organizationFilter(reference, caller, deps.stores);
  if (within.kind === 'refused') return refuse(c, within.problem);
  const isWide = caller.scopes.has('wayleave:usage:read');
  if (userId !== undefined && userId !== caller.subject.id) {
    if (!isWide) return refuse(c, lacking(['wayleave:usage:read']));
    const user = await deps.stores.users.findById(userId);
    if (user === undefined || !maySeeOrganization(caller, user.organizationId))
      return refuse(c, notFound('user', userId));
  }
  const nowMs = deps.clock.now();
  const whose = isWide ? userId : caller.subject.id;
  const filter = defined({ organizationId: within.item.organizationId, userId: whose, tokenId });
  const fromMs = nowMs - (parseDuration(since) ?? longestMs);
  // Uses are counted by the hour: the one in which the time begins belongs to it.
  const hours = { fromMs: fromMs - (fromMs % hourMs), nowMs };
  const found = await deps.stores.scopeUses.list({ ...filter, ...hours }, pageRequest(page));
  return c.json(presentPage(found, present), 200);
};

function present(use: TokenScopeUse): z.infer<typeof scopeUseView> {
  return {
    token_id: use.id,
    name: use.name,
    user_id: use.userId,
    username: use.username,
    organization_id: use.organizationId,
    created_at: rfc3339(use.createdAtMs),
    requests: use.requests,
    last_hour: use.lastHourMs === null ? null : rfc3339(use.lastHourMs),
    used: [...use.used],
    unused: [...use.unused],
    uncounted: [...use.uncounted],
  };
}
