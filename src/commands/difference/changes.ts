import { roleChanges, routeChanges, type AccessChange } from '../../core/route-changes.ts';
import { valueChanges, type ValueChange } from '../../core/value-changes.ts';
import type { Route } from '../../core/route.ts';
import type { Side } from './side.ts';

export interface Changes {
  readonly routes: readonly AccessChange<Route>[];
  readonly roles: readonly AccessChange<ReadonlySet<string>>[];
  /** What is left, as it is written. */
  readonly rest: readonly ValueChange[];
}

const accessKeys = new Set(['match', 'scopes', 'authenticated', 'public', 'kinds', 'organizations']);

/** What is another in the later one: who may pass, and the rest. */
export function changesBetween(before: Side, after: Side): Changes {
  const [old, fresh] = [serving(before.rules.routes), serving(after.rules.routes)];
  const routes = routeChanges(old, fresh);
  const served = new Set([...old, ...fresh].map(({ name }) => name));
  const roles = roleChanges(before.rules.roleScopes, after.rules.roleScopes);
  // Told as a whole.
  const whole = new Set(routes.filter((route) => !route.before || !route.after).map(({ name }) => name));
  const rest = valueChanges(before.values, after.values, ([section = '', name = '', key = '']) => {
    if (section === 'routes') return (whole.has(name) && key === '') || (served.has(name) && accessKeys.has(key));
    return section === 'projects' && key === 'roles';
  });
  return { routes, roles, rest };
}

/** A shadow lets nobody pass; a route that was one, and is none any more, is new. */
function serving(routes: readonly Route[]): Route[] {
  return routes.filter(({ shadow }) => !shadow);
}

export function isSame({ routes, roles, rest }: Changes): boolean {
  return routes.length + roles.length + rest.length === 0;
}
