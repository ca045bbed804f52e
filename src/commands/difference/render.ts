import type { AccessChange } from '../../core/route-changes.ts';
import type { Route } from '../../core/route.ts';
import type { ValueChange } from '../../core/value-changes.ts';
import { pathText, rowsOf } from '../routes.ts';
import { paint, printable, type Colour } from '../terminal/text.ts';
import type { Changes } from './changes.ts';

/** What is another, for people: who may pass first. */
export function renderChanges({ routes, roles, rest }: Changes, colours: boolean): string {
  const access = [...routes.flatMap((change) => routeLines(change)), ...roles.flatMap((change) => roleLines(change))];
  const lines = [
    ...(access.length === 0 ? [] : ['who may pass', ...access]),
    ...(rest.length === 0 ? [] : ['the rest', ...rest.map(restLine)]),
  ];
  return lines.map((line) => `${paint(printable(line), colourOf(line), colours)}\n`).join('');
}

function colourOf(line: string): Colour | undefined {
  if (!line.startsWith(' ')) return 'bold';
  return /^ +\+/.test(line) ? 'green' : /^ +-/.test(line) ? 'red' : undefined;
}

function routeLines({ name, before, after }: AccessChange<Route>): string[] {
  const [old, fresh] = [before, after].map((route) => (route === undefined ? [] : accessLines(route)));
  const gone = (old ?? []).filter((line) => fresh?.includes(line) !== true).map((line) => `    - ${line}`);
  const come = (fresh ?? []).filter((line) => old?.includes(line) !== true).map((line) => `    + ${line}`);
  const verb = before === undefined ? 'added' : after === undefined ? 'gone' : 'changed';
  return [`  route "${name}" ${verb}`, ...gone, ...come];
}

/** `GET HEAD  api.example.com/api/items/**  item:read` */
function accessLines(route: Route): string[] {
  const hosts = route.hosts.length === 0 ? [undefined] : route.hosts;
  return hosts.flatMap((host) =>
    rowsOf({ host, route }).map(({ methods, access }) => `${methods}  ${host ?? ''}${pathText(route)}  ${access}`),
  );
}

function roleLines({ name, before, after }: AccessChange<ReadonlySet<string>>): string[] {
  const verb = before === undefined ? 'added' : after === undefined ? 'gone' : 'changed';
  const gone = [...(before ?? [])].filter((scope) => after?.has(scope) !== true);
  const come = [...(after ?? [])].filter((scope) => before?.has(scope) !== true);
  return [
    `  role ${name} ${verb}`,
    ...gone.map((scope) => `    - gives ${scope}`),
    ...come.map((scope) => `    + gives ${scope}`),
  ];
}

function restLine({ path, before, after }: ValueChange): string {
  if (before === undefined) return `  + ${path}: ${after}`;
  if (after === undefined) return `  - ${path}: ${before}`;
  return `  ~ ${path}: ${before} -> ${after}`;
}

/** The same for programs. */
export function changesJson({ routes, roles, rest }: Changes): Record<string, unknown> {
  return {
    routes: routes.map(({ name, before, after }) => ({ name, before: linesOrNull(before), after: linesOrNull(after) })),
    roles: roles.map(({ name, before, after }) => ({ name, before: listOrNull(before), after: listOrNull(after) })),
    rest: rest.map(({ path, before, after }) => ({ path, before: before ?? null, after: after ?? null })),
  };
}

function linesOrNull(route: Route | undefined): string[] | null {
  return route === undefined ? null : accessLines(route);
}

function listOrNull(scopes: ReadonlySet<string> | undefined): string[] | null {
  return scopes === undefined ? null : [...scopes];
}
