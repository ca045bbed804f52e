import type { AdminApp, AdminDeps } from './context.ts';
import { bearerScheme } from './http/documentation.ts';

/** Adds `/openapi.json`, made from the schemas that validate, and the JSON Schema of gateway.yaml. */
export function addOpenApi(app: AdminApp, deps: Pick<AdminDeps, 'configSchema' | 'version'>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', bearerScheme, {
    type: 'http',
    scheme: 'bearer',
    description: 'A personal access token, `wl_pat_...`',
  });
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Wayleave admin API',
      version: deps.version,
      description: 'Every error is a problem document (RFC 9457) with a `code` and a `request_id`.',
    },
  });
  app.get('/openapi.json', (c) => c.json(document));
  app.get('/gateway.schema.json', (c) => c.body(deps.configSchema, 200, { 'content-type': 'application/schema+json' }));
}
