import { createRoute, z } from '@hono/zod-openapi';
import type { AdminApp, AdminDeps } from './context.ts';
import { bearerScheme, consoleScheme } from './http/documentation.ts';

const tags = ['Documents'];
const anyObject = z.object({}).loose();

const documentCall = createRoute({
  method: 'get',
  path: '/openapi.json',
  tags,
  summary: 'This document',
  responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: anyObject } } } },
});

const configSchemaCall = createRoute({
  method: 'get',
  path: '/gateway.schema.json',
  tags,
  summary: 'The JSON Schema of gateway.yaml',
  responses: { 200: { description: 'JSON Schema', content: { 'application/schema+json': { schema: anyObject } } } },
});

/** Adds `/openapi.json`, made from the schemas that validate, and the JSON Schema of gateway.yaml. */
export function addOpenApi(app: AdminApp, deps: Pick<AdminDeps, 'configSchema' | 'version'>): void {
  app.openAPIRegistry.registerComponent('securitySchemes', bearerScheme, {
    type: 'http',
    scheme: 'bearer',
    description: 'A personal access token, `wl_pat_...`',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', consoleScheme, {
    type: 'apiKey',
    in: 'cookie',
    name: 'wayleave_console',
    description:
      'The session of the console (`__Host-wayleave_console` under TLS), beside the header `X-Wayleave-Console`; writes ' +
      'also need the `Origin` of this listener and `Content-Type: application/json`. With `X-Wayleave-Assumed`, the id of ' +
      'a session that was redeemed with the same token, it reads as the assumed user.',
  });
  app.openAPIRegistry.registerPath(documentCall);
  app.openAPIRegistry.registerPath(configSchemaCall);
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
