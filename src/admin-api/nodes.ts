import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from './context.ts';
import { needs } from './guard.ts';
import { answer, noQuery, refusals, security } from './http/documentation.ts';
import { pageOf } from './http/paging.ts';
import type { ServingNode } from './ports/nodes.ts';

const nodeView = z
  .object({
    id: z.string(),
    name: z.string().openapi({ description: 'Host and process, as receipts name it' }),
    address: z.string().openapi({ description: 'Where its proxy listens' }),
    version: z.string(),
    revision: z.string().openapi({ description: 'The revision of its gateway.yaml' }),
    state: z.enum(['following', 'silent', 'gone']).openapi({
      description:
        '`following`: up to date within seconds. `silent`: not heard of lately; receipts still wait for it. ' +
        '`gone`: silent for so long that it no longer serves what it remembers.',
    }),
    started_at: z.string(),
    renewed_at: z.string().openapi({ description: 'When it was last heard of' }),
    acknowledged: z.int().openapi({ description: 'The number of the change log up to which it has followed' }),
    stale_for_seconds: z.number().openapi({ description: 'How long it serves what it knows without news' }),
  })
  .openapi('Node');

const listNodesCall = createRoute({
  method: 'get',
  path: '/api/v1/nodes',
  tags: ['Nodes'],
  security,
  summary: 'List the gateways that serve from this store',
  description: 'Needs `wayleave:platform`. A node that has not been heard of for a day is left out.',
  middleware: [needs('wayleave:platform')] as const,
  request: { query: noQuery },
  responses: { 200: answer('Every node', pageOf(nodeView)), ...refusals },
});

export function addNodeCalls(app: AdminApp): void {
  app.openapi(listNodesCall, list);
}

const list: RouteHandler<typeof listNodesCall, AdminEnv> = async (c) => {
  const nodes = await c.var.deps.nodes.list();
  return c.json({ items: nodes.map(presentNode), next_cursor: null }, 200);
};

function presentNode(node: ServingNode): z.infer<typeof nodeView> {
  const { id, name, address, version, revision, state, acknowledged } = node;
  return {
    id,
    name,
    address,
    version,
    revision,
    state,
    started_at: new Date(node.startedAtMs).toISOString(),
    renewed_at: new Date(node.renewedAtMs).toISOString(),
    acknowledged,
    stale_for_seconds: node.staleForMs / 1000,
  };
}
