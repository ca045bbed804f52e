import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { GatewayConfig } from '../config/compiled.ts';
import { builtInProject, builtInRoles } from '../core/scope.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { answer, refusals, security } from './http/documentation.ts';
import { displayText } from './http/fields.ts';
import { pageOf } from './http/paging.ts';

const projectView = z
  .object({
    id: z.string(),
    name: z.string(),
    roles: z.array(
      z.object({
        id: z.string(),
        scopes: z.array(z.string()).openapi({ description: 'The literal scopes that the role gives today' }),
      }),
    ),
  })
  .openapi('Project');

type ProjectView = z.infer<typeof projectView>;

const listProjectsCall = createRoute({
  method: 'get',
  path: '/api/v1/projects',
  tags: ['Projects'],
  security,
  summary: 'List the projects of gateway.yaml and the built-in one, with their roles',
  description: 'Open to any token.',
  request: {
    query: z.strictObject({
      search: displayText(200).optional().openapi({ description: 'Found in the id or name, in any case' }),
    }),
  },
  responses: { 200: answer('Every project that matches', pageOf(projectView)), ...refusals },
});

export function addProjectCalls(app: AdminApp): void {
  app.openapi(listProjectsCall, list);
}

const list: RouteHandler<typeof listProjectsCall, AdminEnv> = (c) => {
  const search = c.req.valid('query').search?.toLowerCase() ?? '';
  const items = [...projectsOf(c.var.deps.currentConfig()), builtIn].filter(
    ({ id, name }) => id.includes(search) || name.toLowerCase().includes(search),
  );
  return c.json({ items, next_cursor: null }, 200);
};

function projectsOf(config: GatewayConfig): ProjectView[] {
  return config.projects.map(({ id, name, roles }) => ({
    id,
    name,
    roles: roles.map((role) => ({ id: role.id, scopes: [...(config.roleScopes.get(`${id}/${role.id}`) ?? [])] })),
  }));
}

const builtIn: ProjectView = {
  id: builtInProject,
  name: 'Wayleave itself',
  roles: Object.entries(builtInRoles).map(([id, scopes]) => ({ id, scopes: [...scopes] })),
};
