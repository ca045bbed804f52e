import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import type { GatewayConfig } from '../config/compiled.ts';
import { builtInRoles, builtInScopes } from '../core/scope.ts';
import type { AdminApp, AdminEnv } from './context.ts';
import { answer, noQuery, refusals, security } from './http/documentation.ts';

const seconds = z.number();

const settingsView = z
  .object({
    scopes: z
      .array(z.object({ name: z.string(), description: z.string() }))
      .openapi({ description: 'The catalogue of gateway.yaml, then the built-in ones' }),
    everybodys_scopes: z.array(z.string()).openapi({ description: 'What any user has without being granted it' }),
    tokens: z.object({
      prefix: z.string(),
      default_lifetime_seconds: seconds,
      max_lifetime_seconds: seconds.nullable().openapi({ description: 'null: tokens may be without end' }),
    }),
    assume: z.object({
      lifetimes: z.array(z.string()).openapi({ description: 'What assume-user tokens may be made for' }),
      require_reason: z.boolean(),
    }),
    proxy_url: z.string().openapi({ description: 'Where this node takes requests for upstreams' }),
  })
  .openapi('Settings');

const settingsCall = createRoute({
  method: 'get',
  path: '/api/v1/settings',
  tags: ['Configuration'],
  security,
  summary: 'Say which scopes there are, how long tokens may live, and where requests go',
  description: 'Open to any token: what whoever makes a token needs to know.',
  request: { query: noQuery },
  responses: { 200: answer('The settings in force', settingsView), ...refusals },
});

export function addSettingsCall(app: AdminApp): void {
  app.openapi(settingsCall, settings);
}

const settings: RouteHandler<typeof settingsCall, AdminEnv> = async (c) => {
  const { deps } = c.var;
  const config = deps.currentConfig();
  const { prefix, defaultLifetimeMs, maxLifetimeMs } = config.tokens;
  const nodes = await deps.nodes.list();
  const listening = nodes.find(({ name }) => name === deps.live.node)?.address;
  return c.json(
    {
      scopes: [...config.scopes, ...Object.entries(builtInScopes)].map(([name, description]) => ({
        name,
        description,
      })),
      everybodys_scopes: [...builtInRoles.member],
      tokens: {
        prefix,
        default_lifetime_seconds: defaultLifetimeMs / 1000,
        max_lifetime_seconds: maxLifetimeMs === Infinity ? null : maxLifetimeMs / 1000,
      },
      assume: { lifetimes: [...config.assume.lifetimes.keys()], require_reason: config.assume.requireReason },
      proxy_url: proxyUrl(config, listening, new URL(c.req.url).hostname),
    },
    200,
  );
};

/** @param listening `host:port` of the proxy listener, where it is known; @param asked the name this listener was asked by */
function proxyUrl({ publicUrl, listen }: GatewayConfig, listening: string | undefined, asked: string): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/$/, '');
  const { host, port, tls } = listen.proxy;
  const isAny = host === '0.0.0.0' || host === '::';
  const name = isAny ? asked : host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${listening?.split(':').at(-1) ?? port}`;
}
