import { OpenAPIHono } from '@hono/zod-openapi';
import { addAuthorizationCalls } from './authorizations/handlers.ts';
import { addConsole } from './console.ts';
import type { AdminApp, AdminDeps, AdminEnv } from './context.ts';
import { authenticated } from './guard.ts';
import { boundary } from './http/boundary.ts';
import { answerError } from './http/error-response.ts';
import { recordCall } from './http/record-call.ts';
import { answerUnknownCall } from './http/unknown-call.ts';
import { refuseInvalid } from './http/validation.ts';
import { addMeCall } from './me.ts';
import { addOpenApi } from './openapi.ts';
import { addOrganizationCalls } from './organizations/handlers.ts';
import { addHealth, addMetrics } from './probes.ts';
import { addProjectCalls } from './projects.ts';
import { addTokenActions } from './tokens/actions.ts';
import { addTokenCalls } from './tokens/handlers.ts';
import { addUserCalls } from './users/handlers.ts';

/** The application of the admin listener: the admin API under /api/v1, health, metrics, the console. */
export function createAdminApp(deps: AdminDeps): AdminApp {
  const app: AdminApp = new OpenAPIHono<AdminEnv>({ defaultHook: refuseInvalid });
  app.use(recordCall(deps), boundary);
  app.use('/api/v1/*', authenticated);
  addMeCall(app);
  addOrganizationCalls(app);
  addUserCalls(app);
  addAuthorizationCalls(app);
  addProjectCalls(app);
  addTokenCalls(app);
  addTokenActions(app);
  addHealth(app);
  if (deps.currentConfig().listen.ops === undefined) addMetrics(app);
  addOpenApi(app, deps);
  addConsole(app, deps);
  app.onError(answerError);
  app.notFound(answerUnknownCall(app));
  return app;
}
