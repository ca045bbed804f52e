import type { RoleScopes } from './user-scopes.ts';
import type { Route } from './route.ts';

/** A route or a role that lets others pass than before. */
export interface AccessChange<Thing> {
  readonly name: string;
  /** undefined: there was none. */
  readonly before: Thing | undefined;
  /** undefined: there is none any more. */
  readonly after: Thing | undefined;
}

/** Routes added, gone and changed in who may pass where; by name, in the order of the later file. */
export function routeChanges(before: readonly Route[], after: readonly Route[]): AccessChange<Route>[] {
  return changes(byName(before), byName(after), accessText);
}

/** Roles added, gone and changed in what they give, as `project/role`. */
export function roleChanges(before: RoleScopes, after: RoleScopes): AccessChange<ReadonlySet<string>>[] {
  return changes(before, after, (scopes) => [...scopes].toSorted().join(' '));
}

function byName(routes: readonly Route[]): ReadonlyMap<string, Route> {
  return new Map(routes.map((route) => [route.name, route]));
}

function changes<Thing>(
  before: ReadonlyMap<string, Thing>,
  after: ReadonlyMap<string, Thing>,
  textOf: (thing: Thing) => string,
): AccessChange<Thing>[] {
  const found: AccessChange<Thing>[] = [];
  for (const [name, thing] of after) {
    const known = before.get(name);
    if (known === undefined || textOf(known) !== textOf(thing)) found.push({ name, before: known, after: thing });
  }
  for (const [name, thing] of before) {
    if (!after.has(name)) found.push({ name, before: thing, after: undefined });
  }
  return found;
}

/** What is not about who may pass where. Whatever else a route has counts as being about it. */
const elsewhere = new Set([
  'line',
  'pattern',
  'upstream',
  'audience',
  'assertionBinding',
  'stripPrefix',
  'rewrite',
  'requestHeaders',
  'responseHeaders',
  'timeouts',
  'maxBodyBytes',
  'staleForMs',
  'rateLimit',
  'forwardToken',
  'stream',
]);

function accessText({ access, ...route }: Route): string {
  const rules = access.kind === 'scopes' ? { ...access, byMethod: [...access.byMethod] } : access;
  const keys = Object.entries(route).filter(([key]) => !elsewhere.has(key));
  return JSON.stringify([rules, keys]);
}
