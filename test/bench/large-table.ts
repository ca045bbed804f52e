/** How many routes a large gateway has. */
export const routeCount = 10_000;

/** Ends of a route's path and of a request's that it matches. */
const shapes = [
  ['', ''],
  ['/:id', '/8412'],
  ['/:id/parts/*', '/8412/parts/seat'],
  ['/**', '/a/b/c'],
] as const;

/** 100 services of 100 resources each, as large gateways have them. */
function resourceOf(at: number): string {
  return `/api/service-${at % 100}/v${at % 3}/resource-${Math.floor(at / 100)}`;
}

/** The path of a route. */
export function patternOf(at: number): string {
  return resourceOf(at) + (shapes[at % shapes.length]?.[0] ?? '');
}

/** A request's target that it matches. */
export function targetOf(at: number): string {
  return `${resourceOf(at)}${shapes[at % shapes.length]?.[1] ?? ''}?page=${at}`;
}
