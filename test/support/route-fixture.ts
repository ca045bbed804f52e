import { inAnyCase, parsePathPattern } from '../../src/core/path-pattern.ts';
import type { Route } from '../../src/core/route.ts';

/** A route for tests: `/**`, any valid token, upstream `u`, but for what is given. */
export function routeFixture(given: Partial<Route> & { path: string }): Route {
  const parsed = parsePathPattern(given.path);
  if (parsed.kind === 'wrong') throw new Error(parsed.detail);
  const none = { set: [], remove: [] };
  return {
    name: 'r',
    line: 1,
    hosts: [],
    pattern: given.pathCase === 'insensitive' ? inAnyCase(parsed.pattern) : parsed.pattern,
    methods: undefined,
    access: { kind: 'authenticated' },
    kinds: undefined,
    organizations: undefined,
    assumed: 'allow',
    upstream: 'u',
    pathCase: 'sensitive',
    exposedTo: undefined,
    audience: given.upstream ?? 'u',
    assertionBinding: undefined,
    stripPrefix: undefined,
    rewrite: undefined,
    requestHeaders: none,
    responseHeaders: none,
    timeouts: { connectMs: 2000, responseMs: 30_000, idleMs: 60_000 },
    maxBodyBytes: 10 * 1024 * 1024,
    staleForMs: 60_000,
    rateLimit: undefined,
    forwardToken: false,
    allowEncodedSlashes: false,
    allowSemicolons: false,
    stream: false,
    shadow: false,
    ...given,
  };
}
