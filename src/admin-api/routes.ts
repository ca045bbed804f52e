import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { rateLimitKeys } from '../core/rate-limit.ts';
import { routeViews } from '../core/route-view.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { answer, noQuery, refusals, security } from './http/documentation.ts';
import { pageOf } from './http/paging.ts';

const requirement = z.object({
  all: z.array(z.string()).openapi({ description: 'Every one of these' }),
  any: z.array(z.string()).openapi({ description: 'And one of these, unless there are none' }),
});

const routeView = z
  .object({
    name: z.string(),
    line: z.int().openapi({ description: 'Its line in gateway.yaml' }),
    host: z.string().nullable().openapi({ description: 'null: any host that no route names' }),
    path: z.string().openapi({ description: 'As written in gateway.yaml' }),
    methods: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'null: those that no other route of its path names' }),
    access: z.enum(['public', 'authenticated', 'scopes']),
    scopes: z
      .record(z.string(), requirement)
      .optional()
      .openapi({ description: 'By method; those that are not named come last, as `any` or `others`' }),
    kinds: z.array(z.enum(['human', 'service'])).nullable(),
    organizations: z.array(z.string()).nullable().openapi({ description: 'Ids or slugs' }),
    rate_limit: z
      .object({
        limit: z.int(),
        window: z.string().openapi({ description: 'Such as 1m' }),
        burst: z.int(),
        per: z.enum(rateLimitKeys),
      })
      .nullable()
      .openapi({ description: 'How many requests pass; null: any number' }),
    expose_to_browser: z
      .object({ origins: z.array(z.string()) })
      .nullable()
      .openapi({ description: "Whose pages may call it from a browser; null: CORS is the upstream's" }),
    upstream: z.string(),
    path_case: z.enum(['sensitive', 'insensitive']).openapi({ description: 'insensitive: literals match in any case' }),
    stream: z.boolean().openapi({ description: 'Its answers and uploads may last and be silent' }),
    shadow: z.boolean().openapi({ description: 'It never serves; what it would decide is counted and logged' }),
  })
  .openapi('Route');

const listRoutesCall = createRoute({
  method: 'get',
  path: '/api/v1/routes',
  tags: ['Routes'],
  security,
  summary: 'List the routes in force on this node, in the order in which they win',
  description: 'Open to any token. A route with several hosts comes once for each.',
  request: { query: noQuery },
  responses: {
    200: answer(
      'Every route',
      pageOf(routeView).extend({
        file: z.string().openapi({ description: 'The gateway.yaml they came from, as the node names it' }),
        revision: z.string().openapi({ description: 'The revision of that file' }),
      }),
    ),
    ...refusals,
  },
});

export function addRouteCalls(app: AdminApp): void {
  app.openapi(listRoutesCall, list);
}

const list: RouteHandler<typeof listRoutesCall, AdminEnv> = (c) => {
  const { routes, file, revision } = c.var.deps.currentConfig();
  return c.json({ items: routeViews(routes), next_cursor: null, file, revision }, 200);
};
