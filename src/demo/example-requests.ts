import type { GatewayConfig } from '../config/compiled.ts';
import type { PathPattern } from '../core/path-pattern.ts';
import { canonicalPath } from '../core/request-path.ts';
import { requirementOf, type Route, type ScopeRequirement } from '../core/route.ts';
import { matchRoute } from '../core/route-table.ts';

/** A request that a person can try. */
export interface ExampleRequest {
  readonly method: string;
  readonly path: string;
  /** The Host header it needs; undefined: any. */
  readonly host: string | undefined;
  readonly route: Route;
}

/** The scopes of the demo token: those that GET asks for anywhere, so that there is something it may not do. */
export function readingScopes(config: GatewayConfig): string[] {
  const wanted = new Set(
    config.routes.flatMap((route) => {
      const required = route.access.kind === 'scopes' ? requirementOf(route.access, 'GET') : undefined;
      return required === undefined ? [] : [...required.all, ...required.any.slice(0, 1)];
    }),
  );
  return [...config.scopes.keys()].filter((scope) => wanted.has(scope));
}

/** A GET that a token with these scopes is let through with, by the first route of the file that allows one. */
export function allowedExample(config: GatewayConfig, scopes: ReadonlySet<string>): ExampleRequest | undefined {
  return firstExample(config, ['GET'], (required) => required === 'any token' || meets(required, scopes));
}

/** A request that the same token is refused for want of a scope. */
export function refusedExample(config: GatewayConfig, scopes: ReadonlySet<string>): ExampleRequest | undefined {
  const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'];
  return firstExample(config, methods, (required) => required !== 'any token' && !meets(required, scopes));
}

function firstExample(
  config: GatewayConfig,
  methods: readonly string[],
  fits: (required: ScopeRequirement | 'any token') => boolean,
): ExampleRequest | undefined {
  for (const route of config.routes) {
    if (route.access.kind === 'public' || route.kinds?.includes('human') === false) continue;
    if (route.organizations !== undefined) continue;
    for (const method of methods) {
      const required = route.access.kind === 'scopes' ? requirementOf(route.access, method) : 'any token';
      const example = exampleOf(config, route, method);
      if (required !== undefined && example !== undefined && fits(required)) return example;
    }
  }
  return undefined;
}

/** A request that this route takes and no more specific one. */
function exampleOf(config: GatewayConfig, route: Route, method: string): ExampleRequest | undefined {
  const host = route.hosts.find((name) => !name.startsWith('*.'));
  if (host === undefined && route.hosts.length > 0) return undefined;
  const path = examplePath(route.pattern);
  const canonical = canonicalPath(path);
  if (canonical.kind === 'refused') return undefined;
  const match = matchRoute(config.table, host ?? '127.0.0.1', canonical.path.keys, method);
  return match.kind === 'matched' && match.route === route ? { method, path, host, route } : undefined;
}

function examplePath(pattern: PathPattern): string {
  return `/${pattern.map((segment) => (segment.kind === 'literal' ? encodeURIComponent(segment.text) : '42')).join('/')}`;
}

function meets(required: ScopeRequirement, scopes: ReadonlySet<string>): boolean {
  const any = required.any.length === 0 || required.any.some((scope) => scopes.has(scope));
  return any && required.all.every((scope) => scopes.has(scope));
}
