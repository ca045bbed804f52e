import { describe, expect, it } from 'vitest';
import { OpenAPIHono } from '@hono/zod-openapi';
import { createAdminApp } from '../../src/admin-api/app.ts';
import type { AdminDeps } from '../../src/admin-api/context.ts';
import { configFixture } from './support/config.ts';

interface Operation {
  readonly summary?: string;
  readonly security?: unknown;
  readonly requestBody?: { readonly content: Record<string, { schema: unknown }> };
  readonly responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
}

/** The document needs no store: the application is built, and no call is made. */
const nothing = new Map<never, never>();
const app = createAdminApp({
  currentConfig: configFixture,
  console: nothing,
  clock: { now: () => 0, monotonic: () => 0 },
  configSchema: '{}',
  version: '1.2.3',
} as Partial<AdminDeps> as AdminDeps);
const document = app.getOpenAPI31Document({
  openapi: '3.1.0',
  info: { title: '', version: '' },
}) as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const ofApi = operations.filter(({ path }) => path.startsWith('/api/v1/'));

const eitherOne = [{ bearer: [] }, { console: [] }];
const isOpen = (method: string, path: string) =>
  path === '/api/v1/enrol' || (path === '/api/v1/session' && method === 'post');

describe('the OpenAPI document', () => {
  it('has every route that the application has below /api/v1, and no other', () => {
    const registered = app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/api/v1/'))
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
    const documented = ofApi.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(new Set(documented)).toEqual(new Set(registered));
  });

  it('asks for a bearer token or a session wherever the guard does, and says what a call is for', () => {
    expect(document.components['securitySchemes']).toMatchObject({
      bearer: { type: 'http', scheme: 'bearer' },
      console: { type: 'apiKey', in: 'cookie' },
    });
    for (const { path, method, operation } of ofApi) {
      expect([path, method, operation.security]).toEqual([path, method, isOpen(method, path) ? undefined : eitherOne]);
      expect(operation.summary).toBeTruthy();
    }
  });

  it('lists every error that a call can answer, each a problem document', () => {
    const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
    for (const { path, method, operation } of ofApi) {
      const errors = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400);
      for (const [, response] of errors) expect(response.content).toEqual(problem);
      const statuses = errors.map(([status]) => Number(status));
      const hasBody = operation.requestBody !== undefined;
      expect({ method, path, statuses }).toEqual({
        method,
        path,
        statuses: expect.arrayContaining([400, 401, 403, 500, 503, ...(path.includes('{') ? [404] : [])]) as number[],
      });
      expect([path, statuses.includes(413), statuses.includes(415)]).toEqual([path, hasBody, hasBody]);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
    }
  });

  it('declares every parameter of its paths, and lets bodies hold known fields alone', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === 'path').map(({ name }) => name);
      expect(declared).toEqual(inPath);
    }
    const { schemas = {} } = document.components;
    for (const name of [
      'NewOrganization',
      'OrganizationChange',
      'NewUser',
      'UserChange',
      'NewAuthorization',
      'NewToken',
      'TokenChange',
    ]) {
      expect({ name, schema: schemas[name] }).toMatchObject({
        name,
        schema: { type: 'object', additionalProperties: false },
      });
    }
  });

  it('refers only to components that are there', () => {
    const text = JSON.stringify(document);
    for (const [, name = ''] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(document.components['schemas']).toHaveProperty(name);
    }
    expect(app).toBeInstanceOf(OpenAPIHono);
    expect(document.openapi).toBe('3.1.0');
  });
});
