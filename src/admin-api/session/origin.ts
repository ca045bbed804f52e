import type { Context } from 'hono';
import type { AdminEnv } from '../context.ts';
import type { Refusal } from '../http/problem-response.ts';
import { isSecure } from '../http/transport.ts';

const safeMethods = new Set(['GET', 'HEAD']);

/**
 * Refuses what a page of another origin makes a browser send; undefined when it is none, or no browser. A browser says
 * where a request comes from, and no script changes what it says.
 */
export function foreignSite(c: Context<AdminEnv>): Refusal<'origin_denied'> | undefined {
  const site = c.req.header('sec-fetch-site');
  return site === undefined || site === 'same-origin' ? undefined : elsewhere;
}

/**
 * Says why a request with a session may not be one of the console's own page; undefined when it may. Whether an Origin
 * that is there names this listener, `boundary` has judged.
 */
export function originProblem(c: Context<AdminEnv>): Refusal<'origin_denied' | 'unsupported_media_type'> | undefined {
  const foreign = foreignSite(c);
  if (foreign !== undefined || safeMethods.has(c.req.method)) return foreign;
  const origin = c.req.header('origin');
  if (origin === undefined || (isSecure(c) && !origin.startsWith('https:'))) return elsewhere;
  if (/^application\/json\b/i.test(c.req.header('content-type') ?? '')) return undefined;
  return {
    code: 'unsupported_media_type',
    detail: 'A write with a session of the console must be sent with "Content-Type: application/json".',
  };
}

const elsewhere: Refusal<'origin_denied'> = {
  code: 'origin_denied',
  detail: 'Only pages of the console itself may sign in to it and use its session.',
};
