import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { AdminApp, AdminEnv } from '../context.ts';
import { needs } from '../guard.ts';
import { answer, findRefusals, security } from '../http/documentation.ts';
import { id } from '../http/fields.ts';
import { pageOf, pageQuery, pageRequest } from '../http/paging.ts';
import { refuse } from '../http/problem-response.ts';
import type { LiveConnection } from '../ports/nodes.ts';
import { findToken } from './access.ts';
import { rfc3339 } from './present.ts';

const connectionView = z
  .object({
    id: z.string().openapi({ description: 'The request id that stands in the log and in the answer' }),
    kind: z.enum(['request', 'stream', 'upgrade']).openapi({
      description: '`stream`: an answer that may go on for ever. `upgrade`: a WebSocket or another tunnel.',
    }),
    route: z.string().nullable(),
    method: z.string(),
    path: z.string().openapi({ description: 'Without the query' }),
    remote_address: z.string(),
    since: z.iso.datetime(),
    bytes_in: z.int().openapi({ description: 'From the client so far: of the body, or through the tunnel' }),
    bytes_out: z.int(),
  })
  .openapi('Connection');

const connectionList = pageOf(connectionView).extend({
  node: z.string().openapi({ description: 'The node that was asked; each knows of its own connections alone' }),
  total: z.int().openapi({ description: 'How many there are, also beyond the limit' }),
});

const listConnectionsCall = createRoute({
  method: 'get',
  path: '/api/v1/tokens/{id}/connections',
  tags: ['Tokens'],
  security,
  summary: 'List what is under way by a token on this node',
  description:
    "Needs `wayleave:self` for one's own tokens, `wayleave:tokens:read` for the organisation's. The oldest first; " +
    'requests that wait for their answer, answers and tunnels under way. Other nodes have lists of their own.',
  middleware: [needs('wayleave:self', 'wayleave:tokens:read')] as const,
  request: { params: z.object({ id }), query: z.strictObject({ limit: pageQuery.limit }) },
  responses: { 200: answer('What is under way', connectionList), ...findRefusals },
});

export function addTokenConnectionsCall(app: AdminApp): void {
  app.openapi(listConnectionsCall, list);
}

const list: RouteHandler<typeof listConnectionsCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const found = await findToken(deps.stores, caller, c.req.valid('param').id, 'wayleave:tokens:read');
  if (found.kind === 'refused') return refuse(c, found.problem);
  const connections = deps.live.ofToken(found.item.id);
  const items = connections.slice(0, pageRequest(c.req.valid('query')).limit).map(presentConnection);
  return c.json({ items, next_cursor: null, node: deps.live.node, total: connections.length }, 200);
};

function presentConnection(connection: LiveConnection): z.infer<typeof connectionView> {
  const { id: requestId, kind, route, method, path } = connection;
  return {
    id: requestId,
    kind,
    route: route ?? null,
    method,
    path,
    remote_address: connection.remoteAddress,
    since: rfc3339(connection.since),
    bytes_in: connection.bytesIn,
    bytes_out: connection.bytesOut,
  };
}
