import type { Route } from './api/calls.ts';

/** What some methods of a route ask for: every one of some scopes, and one of some others. */
export interface Requirement {
  /** In words, such as "GET, HEAD" or "other methods". */
  readonly methods: string;
  readonly all: readonly string[];
  readonly any: readonly string[];
}

const words: Readonly<Record<string, string>> = { any: 'any method', others: 'other methods' };

/** What a route asks for, method by method; methods that ask for the same stand together. */
export function requirementsOf({ scopes = {} }: Route): readonly Requirement[] {
  const found = new Map<string, Requirement>();
  for (const [method, { all, any }] of Object.entries(scopes)) {
    const key = JSON.stringify([all, any]);
    const name = words[method] ?? method;
    const methods = found.get(key)?.methods;
    found.set(key, { methods: methods === undefined ? name : `${methods}, ${name}`, all, any });
  }
  return [...found.values()];
}

/** What a token of some scopes can call, and what it cannot. */
export interface Reach {
  readonly can: readonly string[];
  readonly cannot: readonly string[];
}

/** Judges every route that asks for scopes or a token; public routes ask for nothing. */
export function reachOf(routes: readonly Route[], scopes: ReadonlySet<string>): Reach {
  const can = new Set<string>();
  const cannot = new Set<string>();
  for (const route of routes) {
    const { access, methods, path } = route;
    if (access === 'authenticated') can.add(`${methods === null ? 'any method' : methods.join(', ')} ${path}`);
    if (access !== 'scopes') continue;
    for (const requirement of requirementsOf(route)) {
      const { all, any } = requirement;
      const isMet = all.every((one) => scopes.has(one)) && (any.length === 0 || any.some((one) => scopes.has(one)));
      (isMet ? can : cannot).add(`${requirement.methods} ${path}`);
    }
  }
  return { can: [...can], cannot: [...cannot] };
}

/** The first few of many, as part of a sentence. One that is left out saves no room. */
export function fewOf(items: readonly string[], { most = 4, between = '; ' } = {}): string {
  if (items.length <= most + 1) return items.join(between);
  return `${items.slice(0, most).join(between)}${between}and ${items.length - most} more`;
}
