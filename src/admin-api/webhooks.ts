import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { webhookDeliveryStates, type WebhookDelivery } from '../core/webhook-delivery.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { needs } from './guard.ts';
import { defined } from './http/defined.ts';
import { answer, refusals, security } from './http/documentation.ts';
import { pageOf, pageQuery, pageRequest, presentPage } from './http/paging.ts';
import { rfc3339 } from './tokens/present.ts';

const deliveryView = z
  .object({
    id: z.string(),
    event_id: z.string().openapi({ description: 'The `webhook-id` that the receiver sees, the same at every attempt' }),
    type: z.string().openapi({ example: 'token.expiring' }),
    organization_id: z.string(),
    target: z.string().openapi({ description: 'Its name in gateway.yaml' }),
    state: z.enum(webhookDeliveryStates).openapi({ description: '`dead`: nobody tries again' }),
    attempts: z.int(),
    created_at: z.string(),
    next_attempt_at: z.string().nullable(),
    last_attempt_at: z.string().nullable(),
    last_status: z.int().nullable().openapi({ description: 'What the receiver answered' }),
    last_error: z.string().nullable(),
  })
  .openapi('WebhookDelivery');

const listDeliveriesCall = createRoute({
  method: 'get',
  path: '/api/v1/webhooks/deliveries',
  tags: ['Webhooks'],
  security,
  summary: 'List what targets of webhooks were told, newest first',
  description: 'Needs `wayleave:platform`. Deliveries are kept for 30 days. Targets stand in gateway.yaml.',
  middleware: [needs('wayleave:platform')] as const,
  request: {
    query: z.strictObject({
      ...pageQuery,
      state: z.enum(webhookDeliveryStates).optional(),
      target: z
        .string()
        .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'is not a name of a webhook')
        .optional(),
    }),
  },
  responses: { 200: answer('A page of deliveries', pageOf(deliveryView)), ...refusals },
});

export function addWebhookCalls(app: AdminApp): void {
  app.openapi(listDeliveriesCall, list);
}

const list: RouteHandler<typeof listDeliveriesCall, AdminEnv> = async (c) => {
  const { state, target, ...page } = c.req.valid('query');
  const found = await c.var.deps.webhooks.list(defined({ state, target }), pageRequest(page));
  return c.json(presentPage(found, presentDelivery), 200);
};

function presentDelivery(delivery: WebhookDelivery): z.infer<typeof deliveryView> {
  return {
    id: delivery.id,
    event_id: delivery.eventId,
    type: delivery.type,
    organization_id: delivery.organizationId,
    target: delivery.target,
    state: delivery.state,
    attempts: delivery.attempts,
    created_at: rfc3339(delivery.createdAtMs),
    next_attempt_at: timeOrNull(delivery.nextAttemptAtMs),
    last_attempt_at: timeOrNull(delivery.lastAttemptAtMs),
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
  };
}

function timeOrNull(instantMs: number | null): string | null {
  return instantMs === null ? null : rfc3339(instantMs);
}
