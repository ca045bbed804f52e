import type { NotFoundHandler } from 'hono';
import type { AdminApp, AdminEnv } from '../context.ts';
import { refuse } from './problem-response.ts';

/** Answers a path that no call has with 404, and one that other methods have with 405 and their names. */
export function answerUnknownCall(app: AdminApp): NotFoundHandler<AdminEnv> {
  const calls = app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
  return (c) => {
    const { method, path } = c.req;
    const allow = new Set(calls.filter((call) => isPathOf(call.path, path)).map((call) => call.method));
    if (allow.size > 0) {
      const detail = `${path} has no ${method}; it has ${[...allow].join(', ')}.`;
      return refuse(c, { code: 'method_not_allowed', detail, allow: [...allow] });
    }
    return refuse(c, {
      code: 'not_found',
      detail: `There is no ${method} ${path} here; /openapi.json lists every call.`,
    });
  };
}

/** Compares a path with a template such as `/api/v1/tokens/:id`, segment by segment. */
function isPathOf(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, at) => segment === given[at] || (segment.startsWith(':') && given[at] !== ''))
  );
}
