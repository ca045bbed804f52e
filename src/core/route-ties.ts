import { foldedShape, patternShape } from './path-pattern.ts';
import type { Route } from './route.ts';

/** Two routes that no request can tell apart. */
export interface Tie {
  readonly first: Route;
  readonly second: Route;
}

/** Routes of one host and one path shape that name the same method, or that both name none; a shadow ties with shadows alone. */
export function findTies(routes: readonly Route[]): Tie[] {
  const claims = new Map<string, Route>();
  const ties: Tie[] = [];
  for (const route of routes) {
    const rivals = new Set([route]);
    for (const claim of claimsOf(route)) {
      const first = claims.get(claim);
      if (first === undefined) claims.set(claim, route);
      else if (!rivals.has(first)) ties.push({ first, second: route });
      if (first !== undefined) rivals.add(first);
    }
  }
  return ties;
}

/** What only one route may have: its path as it is written, and with letters of any case all spellings of it at once. */
function claimsOf({ pattern, hosts, methods, shadow }: Route): string[] {
  const folded = foldedShape(pattern);
  const shapes = [patternShape(pattern), ...(folded === undefined ? [] : [`any case ${folded}`])];
  return (hosts.length === 0 ? [''] : hosts).flatMap((host) =>
    (methods ?? ['']).flatMap((method) => shapes.map((shape) => `${shadow} ${host} ${method} ${shape}`)),
  );
}
