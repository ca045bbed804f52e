import { dirname, resolve } from 'node:path';
import type { Route } from '../core/route.ts';
import { compileRoute, compileTimeouts } from './compile-route.ts';
import type { Finding } from './config-problem.ts';
import { asMap } from './file-names.ts';
import { checkAssertions, checkLetters, checkRouteNames, checkSections, checkTies } from './file-rules.ts';
import { checkListeners, checkLoops, listenersOf } from './listen-rules.ts';
import { checkRoute } from './route-rules.ts';
import { readSections, type Sections } from './sections.ts';
import { lineOf, spanOf, type SourceNode, type SourceText } from './source-text.ts';
import { checkTls } from './tls-rules.ts';

export interface CheckedFile {
  readonly sections: Sections;
  /** The routes that are good by themselves. */
  readonly routes: readonly Route[];
  readonly findings: readonly Finding[];
}

/**
 * Checks everything that can be checked, whatever else is wrong.
 * @param root the file's values, a map
 * @param readFile reads the files that the text names; without it they are not looked at
 */
export function checkFile(
  root: SourceNode,
  source: SourceText,
  readFile: ((path: string) => string) | undefined,
): CheckedFile {
  const { sections, findings } = readSections(root);
  const written = asMap(root.value)?.['routes'];
  const rawRoutes: readonly unknown[] = Array.isArray(written) ? written : [];
  const lines = rawRoutes.map((_, index) => lineOf(source, spanOf(root, ['routes', index], 'value').from));
  const ofRoutes = rawRoutes.map((route, index) => checkRoute(route, ['routes', index]));
  const sound = sections.routes.map((route, index) => (ofRoutes[index]?.length === 0 ? route : undefined));
  const routes = compileSound(sound, lines, sections);
  return {
    sections,
    routes: [...routes.keys()],
    findings: [
      ...findings,
      ...ofRoutes.flat(),
      ...checkSections(sections),
      ...checkRouteNames(rawRoutes, lines),
      ...checkTies(routes),
      ...checkLetters(routes),
      ...checkAssertions(rawRoutes, sections.identity),
      ...listenFindings(sections, source, readFile),
    ],
  };
}

/** Routes with their places in the file. Where another section is wrong, its part of a route does not matter any more. */
function compileSound(routes: Sections['routes'], lines: readonly number[], sections: Sections): Map<Route, number> {
  const compiled = new Map<Route, number>();
  for (const [index, route] of routes.entries()) {
    if (route === undefined) continue;
    const upstream = sections.upstreams?.[route.upstream];
    const timeouts = compileTimeouts(upstream?.timeouts);
    const pathCase = upstream?.path_case ?? 'sensitive';
    const maxBodyBytes = sections.limits?.max_body ?? 0;
    const staleForMs = sections.cache?.stale_for ?? 0;
    compiled.set(compileRoute(route, lines[index] ?? 0, { timeouts, maxBodyBytes, staleForMs, pathCase }), index);
  }
  return compiled;
}

function listenFindings(
  { listen, upstreams }: Sections,
  source: SourceText,
  readFile: ((path: string) => string) | undefined,
): Finding[] {
  if (listen === undefined) return [];
  const listeners = listenersOf(listen, (path) => resolve(dirname(source.file), path));
  const proxy = listeners.find(([key]) => key === 'proxy')?.[1];
  return [
    ...checkListeners(listeners),
    ...(proxy !== undefined && upstreams !== undefined ? checkLoops(upstreams, proxy) : []),
    ...(readFile === undefined ? [] : checkTls(listeners, readFile)),
  ];
}
