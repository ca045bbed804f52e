import { isIP } from 'node:net';
import type { Input } from '../terminal/options.ts';

/** What METHOD, PATH, --host and --from ask about. */
export interface AskedRequest {
  readonly method: string;
  /** As it was written: path and query. */
  readonly path: string;
  readonly host: string;
  readonly from: string | undefined;
}

export type ReadQuestion =
  | { readonly kind: 'question'; readonly question: AskedRequest }
  | { readonly kind: 'wrong'; readonly message: string };

export function readQuestion({ positionals, values }: Input): ReadQuestion {
  const [method, path] = positionals;
  if (method === undefined) return wrong('METHOD is missing');
  if (path === undefined) return wrong('PATH is missing');
  if (!/^[A-Z][A-Z-]*$/.test(method))
    return wrong(`"${method}" is no method; methods are upper case: ${method.toUpperCase()}`);
  if (!path.startsWith('/')) return wrong(`"${path}" is no path; a path begins with a slash: explain ${method} /api`);
  const { from, host = 'localhost' } = values;
  if (from !== undefined && isIP(from) === 0) return wrong(`--from ${from} is no IP address`);
  return { kind: 'question', question: { method, path, host, from } };
}

function wrong(message: string): ReadQuestion {
  return { kind: 'wrong', message };
}
