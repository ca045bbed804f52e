import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { AdminApp, AdminDeps, AdminEnv } from './context.ts';
import { answer } from './http/documentation.ts';
import { answerError } from './http/error-response.ts';
import { recordCall } from './http/record-call.ts';
import { answerUnknownCall } from './http/unknown-call.ts';

const tags = ['Health'];
const readinessView = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().optional() })).optional(),
  })
  .openapi('Readiness');

const healthCall = createRoute({
  method: 'get',
  path: '/healthz',
  tags,
  summary: 'Say that the process is alive',
  responses: { 200: answer('It is', z.object({ status: z.literal('alive') })) },
});

const readinessCall = createRoute({
  method: 'get',
  path: '/readyz',
  tags,
  summary: 'Say whether the gateway can serve: the configuration is loaded, the store answers, no stop is under way',
  request: { query: z.object({ verbose: z.string().optional().openapi({ description: 'Lists every check' }) }) },
  responses: { 200: answer('Ready', readinessView), 503: answer('Not ready', readinessView) },
});

const metricsCall = createRoute({
  method: 'get',
  path: '/metrics',
  tags,
  summary: 'Metrics in the text format of Prometheus',
  description: 'On the ops listener alone, where one is configured.',
  responses: { 200: { description: 'The metrics', content: { 'text/plain': { schema: z.string() } } } },
});

/** Adds `/healthz` and `/readyz`. */
export function addHealth(app: AdminApp): void {
  app.openapi(healthCall, (c) => c.json({ status: 'alive' as const }, 200));
  app.openapi(readinessCall, async (c) => {
    const { ready, checks } = await c.var.deps.readiness.check();
    const verbose = c.req.valid('query').verbose !== undefined;
    const details = verbose ? { checks: [...checks] } : {};
    return ready ? c.json({ status: 'ready', ...details }, 200) : c.json({ status: 'not_ready', ...details }, 503);
  });
}

/** Adds `/metrics`. */
export function addMetrics(app: AdminApp): void {
  app.openapi(metricsCall, async (c) => {
    const { metrics } = c.var.deps;
    return c.text(await metrics.text(), 200, { 'content-type': metrics.contentType });
  });
}

/** The application of the ops listener: health and metrics alone, for probes that call by any name. */
export function createOpsApp(deps: AdminDeps): AdminApp {
  const app: AdminApp = new OpenAPIHono<AdminEnv>();
  app.use(recordCall(deps));
  addHealth(app);
  addMetrics(app);
  app.onError(answerError);
  app.notFound(answerUnknownCall(app));
  return app;
}
