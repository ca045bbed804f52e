import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { DecisionToken, PastDecision } from '../core/past-decision.ts';
import type { UserRecord } from '../core/token-record.ts';
import { parseDuration } from '../lib/units.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { needs } from './guard.ts';
import { answer, refusals, security } from './http/documentation.ts';
import { pageOf } from './http/paging.ts';
import { rfc3339 } from './tokens/present.ts';

const dayMs = 86_400_000;
const longestMs = 14 * dayMs;
const pageMax = 1000;

/** How far back something looks. */
export const lookBack = z
  .string()
  .refine((text) => {
    const ms = parseDuration(text) ?? 0;
    return ms > 0 && ms <= longestMs;
  }, 'must be a duration such as 24h or 7d, at most 14d')
  .openapi({ example: '24h' });

const userView = z.object({
  id: z.string(),
  username: z.string(),
  kind: z.enum(['human', 'service']),
  organization_id: z.string(),
  organization: z.string().openapi({ description: 'The slug' }),
  roles: z.array(z.string()).openapi({ description: 'As project/role' }),
});

const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  issued_at: z.iso.datetime().openapi({ description: 'When its newest secret was made' }),
  owner: userView.openapi({ description: 'Of a session, the user who was assumed' }),
  assumption: z
    .object({ actor: userView, issuer: userView, read_only: z.boolean() })
    .nullable()
    .openapi({ description: 'Of a session: who acted, and by whose leave; null of every other token' }),
});

const decisionView = z
  .object({
    method: z.string(),
    host: z.string().openapi({ description: 'Empty: one of many that are not told apart' }),
    path: z.string().openapi({ description: 'With `*` for what looks like an id' }),
    route: z.string().nullable().openapi({ description: 'null: none took it' }),
    outcome: z.string().openapi({ description: '`allowed`, or the code of the refusal' }),
    requests: z.int(),
    last_hour: z.iso.datetime(),
    token: tokenView.nullable().openapi({ description: 'As it is today; null: nobody that was known' }),
  })
  .openapi('PastDecision');

const listCall = createRoute({
  method: 'get',
  path: '/api/v1/decisions',
  tags: ['Configuration'],
  security,
  summary: 'List what was decided lately, each kind of decision once',
  description:
    'Needs `wayleave:platform`. For deciding it again under another gateway.yaml: `wayleave diff --replay`. Of the node ' +
    'that is asked up to now, of others some seconds behind; kept for 14 days.',
  middleware: [needs('wayleave:platform')] as const,
  request: {
    query: z.strictObject({
      since: lookBack.optional().openapi({ description: 'How far back; 24h unless told' }),
      limit: z.coerce.number().int().min(1).max(pageMax).optional(),
      cursor: z.string().max(8192).optional().openapi({ description: 'What the page before gave as next_cursor' }),
    }),
  },
  responses: {
    200: answer(
      'A page of them',
      pageOf(decisionView).extend({
        covered_from: z.iso
          .datetime()
          .nullable()
          .openapi({ description: 'The hour of the first; null: there is none' }),
      }),
    ),
    ...refusals,
  },
});

export function addDecisionCalls(app: AdminApp): void {
  app.openapi(listCall, list);
}

const list: RouteHandler<typeof listCall, AdminEnv> = async (c) => {
  const { decisions, clock } = c.var.deps;
  const { since = '24h', limit = pageMax, cursor } = c.req.valid('query');
  const fromMs = clock.now() - (parseDuration(since) ?? dayMs);
  if (cursor === undefined) await decisions.flush();
  const coveredFromMs = await decisions.firstHourMs(fromMs);
  const page = await decisions.list(fromMs, { limit, ...(cursor !== undefined && { cursor }) });
  const tokens = await decisions.tokens([...new Set(page.items.map(({ tokenId }) => tokenId))]);
  return c.json(
    {
      items: page.items.map((decision) => present(decision, tokens.get(decision.tokenId))),
      next_cursor: page.nextCursor,
      covered_from: coveredFromMs === undefined ? null : rfc3339(coveredFromMs),
    },
    200,
  );
};

function present(decision: PastDecision, token: DecisionToken | undefined): z.infer<typeof decisionView> {
  const { method, host, path, route, outcome, requests, lastHourMs } = decision;
  return {
    method,
    host,
    path,
    route: route === '' ? null : route,
    outcome,
    requests,
    last_hour: rfc3339(lastHourMs),
    token: token === undefined ? null : presentToken(token),
  };
}

function presentToken(token: DecisionToken): z.infer<typeof tokenView> {
  const { id, name, scopes, issuedAt, owner, assumption } = token;
  return {
    id,
    name,
    scopes: [...scopes],
    issued_at: rfc3339(issuedAt),
    owner: presentUser(owner),
    assumption:
      assumption === undefined
        ? null
        : {
            actor: presentUser(assumption.actor),
            issuer: presentUser(assumption.issuer),
            read_only: assumption.readOnly,
          },
  };
}

function presentUser({ id, username, kind, organization, roles }: UserRecord): z.infer<typeof userView> {
  return {
    id,
    username,
    kind,
    organization_id: organization.id,
    organization: organization.slug,
    roles: [...roles],
  };
}
