import { asMap } from './file-names.ts';

const sections = new Set(['version', 'tokens', 'assume', 'scopes', 'projects']);
/** What becomes of a request that has been let through, and what no one may know. */
const forwarding = new Set([
  'headers',
  'audience',
  'assertion',
  'strip_prefix',
  'rewrite',
  'timeouts',
  'max_body',
  'rate_limit',
  'forward_token',
  'stream',
]);
const anyTarget = 'http://upstream.invalid:9';

/**
 * The part of a gateway.yaml that decides who may pass, as a file of its own: without addresses, stores and keys, which
 * are another on each machine or not to be shown.
 * @param values as they are written
 */
export function decidingPart(values: Readonly<Record<string, unknown>>): string {
  const kept = Object.entries(values).filter(([key]) => sections.has(key));
  const upstreams = Object.entries(asMap(values['upstreams']) ?? {}).map(
    ([name, upstream]) => [name, { path_case: asMap(upstream)?.['path_case'], targets: [anyTarget] }] as const,
  );
  const routes: readonly unknown[] = Array.isArray(values['routes']) ? values['routes'] : [];
  return JSON.stringify({
    ...Object.fromEntries(kept),
    upstreams: Object.fromEntries(upstreams),
    routes: routes.map((route) => {
      const keys = Object.entries(asMap(route) ?? {}).filter(([key]) => !forwarding.has(key));
      return Object.fromEntries(keys);
    }),
  });
}
