import type { MiddlewareHandler } from 'hono';
import type { AdminEnv } from '../context.ts';
import { isAdminHost, isSameOrigin } from './host.ts';
import { refuse } from './problem-response.ts';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses what a page of another site makes a browser send: a rebound Host, a write with a foreign Origin. */
export const boundary: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  if (!isAdminHost(host, c.var.deps.currentConfig())) {
    return refuse(c, {
      code: 'host_invalid',
      detail:
        'The Host header names neither this machine nor the configured listen.admin or public_url; ' +
        'call the admin API by one of these.',
    });
  }
  const origin = c.req.header('origin');
  if (origin !== undefined && !safeMethods.has(c.req.method) && !isSameOrigin(origin, host)) {
    return refuse(c, {
      code: 'origin_denied',
      detail: 'The request comes from a page of another origin, and only pages of this listener may write.',
    });
  }
  return next();
};
