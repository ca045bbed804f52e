import { formatDuration, formatSize } from '../lib/units.ts';
import type { Route } from '../core/route.ts';
import { doubtfulLetter } from '../core/letter-case.ts';
import { findTies } from '../core/route-ties.ts';
import { keyError, quote, valueError, type Finding } from './config-problem.ts';
import { asMap } from './file-names.ts';
import type { Sections } from './sections.ts';

/** What concerns two values of one section. */
export function checkSections({ tokens, limits, upstreams }: Sections): Finding[] {
  const found: Finding[] = [];
  if (tokens !== undefined && tokens.default_lifetime > tokens.max_lifetime) {
    const message = `the default, ${formatDuration(tokens.default_lifetime)}, is longer than max_lifetime, ${formatDuration(tokens.max_lifetime)}`;
    found.push(valueError(['tokens', 'default_lifetime'], 'out-of-range', message, 'lower it, or raise max_lifetime'));
  }
  if (limits !== undefined && limits.target_bytes > limits.header_bytes) {
    const message = `target_bytes, ${formatSize(limits.target_bytes)}, is more than header_bytes, ${formatSize(limits.header_bytes)}, which it is a part of`;
    found.push(
      valueError(['limits', 'target_bytes'], 'out-of-range', message, 'lower target_bytes, or raise header_bytes'),
    );
  }
  return [...found, ...checkHealth(upstreams ?? {})];
}

function checkHealth(upstreams: NonNullable<Sections['upstreams']>): Finding[] {
  return Object.entries(upstreams).flatMap(([name, { health }]) => {
    if (health?.timeout === undefined || health.timeout <= health.interval) return [];
    const message = `the timeout, ${formatDuration(health.timeout)}, is longer than the interval, ${formatDuration(health.interval)}: checks would run into each other`;
    const path = ['upstreams', name, 'health', 'timeout'];
    return [valueError(path, 'out-of-range', message, 'lower it, or raise interval')];
  });
}

/** What routes say of assertions while none are sent. */
export function checkAssertions(routes: readonly unknown[], identity: Sections['identity']): Finding[] {
  if (identity === undefined || identity.assertion.enabled) return [];
  return routes.flatMap((route, index) =>
    ['audience', 'assertion']
      .filter((key) => Object.hasOwn(asMap(route) ?? {}, key))
      .map((key) => {
        const message = `${quote(key)} is about assertions, and identity.assertion.enabled is false; change one of them`;
        return keyError(['routes', index, key], 'conflicting-keys', message);
      }),
  );
}

/** Names that two routes share; `lines` are those of the routes, in order. */
export function checkRouteNames(routes: readonly unknown[], lines: readonly number[]): Finding[] {
  const seen = new Map<unknown, number>();
  return routes.flatMap((route, index) => {
    const name = asMap(route)?.['name'];
    const first = seen.get(name);
    if (typeof name !== 'string') return [];
    if (first === undefined) {
      seen.set(name, index);
      return [];
    }
    const message = `the name ${quote(name)} is taken by the route on line ${lines[first]}`;
    return [valueError(['routes', index, 'name'], 'duplicate-route', message, 'give each route its own name')];
  });
}

/** @param routes those that are good by themselves, with their places in the file */
export function checkTies(routes: ReadonlyMap<Route, number>): Finding[] {
  return findTies([...routes.keys()]).map(({ first, second }) => {
    const [one, other] = [first, second].map(({ name, line }) => `${quote(name)} (line ${line})`);
    const message = `${other} and ${one} tie: some requests fit both, and neither is more specific`;
    const fix = 'give them different methods or hosts, or a more specific path to one of them';
    return valueError(['routes', routes.get(second) ?? 0, 'match'], 'route-tie', message, fix);
  });
}

/** Literals with a letter for which every request to an upstream that minds no case is refused. */
export function checkLetters(routes: ReadonlyMap<Route, number>): Finding[] {
  return [...routes].flatMap(([{ pathCase, pattern, upstream }, index]) => {
    const literals = pattern.flatMap((segment) => (segment.kind === 'literal' ? [segment.text] : []));
    const letter = pathCase === 'insensitive' ? doubtfulLetter(literals.join('/')) : undefined;
    if (letter === undefined) return [];
    const message = `upstreams that do not tell upper from lower case disagree about ${quote(letter)}, so every request for this path is refused`;
    const fix = `write :name for that segment, or path_case: sensitive under upstreams.${upstream}`;
    return [valueError(['routes', index, 'match', 'path'], 'invalid-path', message, fix)];
  });
}
