import { inAnyCase, parsePathPattern, type PathPattern } from '../core/path-pattern.ts';
import type { RateLimit } from '../core/rate-limit.ts';
import type { Access, HeaderChanges, Route, Timeouts } from '../core/route.ts';
import type { RouteFile } from './schema-routes.ts';

export interface RouteDefaults {
  readonly timeouts: Timeouts;
  readonly maxBodyBytes: number;
  readonly staleForMs: number;
  readonly pathCase: Route['pathCase'];
}

const usualTimeouts: Timeouts = { connectMs: 2000, responseMs: 30_000, idleMs: 60_000 };

/** `timeouts:` over what holds without them, each by itself. */
export function compileTimeouts(timeouts: RouteFile['timeouts'], usual: Timeouts = usualTimeouts): Timeouts {
  return {
    connectMs: timeouts?.connect ?? usual.connectMs,
    responseMs: timeouts?.response ?? usual.responseMs,
    idleMs: timeouts?.idle ?? usual.idleMs,
  };
}

/** Makes the route that requests are matched against from one of the file that has been found good. */
export function compileRoute(file: RouteFile, line: number, defaults: RouteDefaults): Route {
  const { match, headers } = file;
  const matched = (path: string) => compileMatched(path, defaults.pathCase);
  return {
    name: file.name,
    line,
    hosts: [...new Set(match.hosts)],
    path: match.path,
    pattern: matched(match.path),
    methods: match.methods && [...new Set(match.methods)],
    access: compileAccess(file),
    kinds: file.kinds,
    organizations: file.organizations,
    assumed: file.assumed ?? 'allow',
    upstream: file.upstream,
    pathCase: defaults.pathCase,
    exposedTo: file.expose_to_browser && [...new Set(file.expose_to_browser.origins)],
    audience: file.audience ?? file.upstream,
    assertionBinding: file.assertion?.bind,
    stripPrefix: file.strip_prefix === undefined ? undefined : matched(file.strip_prefix),
    rewrite: file.rewrite === undefined ? undefined : compilePattern(file.rewrite),
    requestHeaders: compileHeaders(headers?.request),
    responseHeaders: compileHeaders(headers?.response),
    timeouts: compileTimeouts(file.timeouts, file.stream ? withoutIdle(defaults.timeouts) : defaults.timeouts),
    maxBodyBytes: file.max_body ?? defaults.maxBodyBytes,
    staleForMs: file.on_store_down ?? defaults.staleForMs,
    rateLimit: compileRateLimit(file.rate_limit),
    forwardToken: file.forward_token,
    allowEncodedSlashes: file.allow_encoded_slashes,
    allowSemicolons: file.allow_semicolons,
    stream: file.stream,
    shadow: file.shadow,
  };
}

/** What an upstream says of silence is not meant for streams; what the route itself says is. */
function withoutIdle(timeouts: Timeouts): Timeouts {
  return { ...timeouts, idleMs: 0 };
}

/** A path that requests are compared with. */
function compileMatched(path: string, pathCase: Route['pathCase']): PathPattern {
  const pattern = compilePattern(path);
  return pathCase === 'insensitive' ? inAnyCase(pattern) : pattern;
}

/** Only good paths come here; any other would be a fault of the checks before. */
function compilePattern(path: string): PathPattern {
  const outcome = parsePathPattern(path);
  if (outcome.kind === 'wrong') throw new Error(`a path that was found good is not: ${outcome.detail}`);
  return outcome.pattern;
}

function compileAccess({ scopes, authenticated, public: open }: RouteFile): Access {
  if (scopes !== undefined) return { kind: 'scopes', ...scopes };
  if (authenticated === true) return { kind: 'authenticated' };
  if (open === true) return { kind: 'public' };
  throw new Error('a route without access passed the checks');
}

function compileRateLimit(file: RouteFile['rate_limit']): RateLimit | undefined {
  return file && { limit: file.limit, windowMs: file.window, burst: file.burst ?? file.limit, per: file.per };
}

type ChangesFile = NonNullable<NonNullable<RouteFile['headers']>['request']>;

function compileHeaders(changes: ChangesFile | undefined): HeaderChanges {
  return {
    set: Object.entries(changes?.set ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    remove: (changes?.remove ?? []).map((name) => name.toLowerCase()),
  };
}
