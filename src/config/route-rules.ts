import { parsePathPattern, type PathPattern } from '../core/path-pattern.ts';
import { nearest } from '../lib/nearest.ts';
import { keyError, quote, valueError, type ConfigPath, type Finding } from './config-problem.ts';
import { asMap } from './file-names.ts';

type Keys = Readonly<Record<string, unknown>>;

const accessKeys = ['scopes', 'authenticated', 'public'];

/**
 * What concerns two keys of a route at once. It looks at the route as written, so that it also works where a key has a
 * wrong value.
 */
export function checkRoute(route: unknown, path: ConfigPath): Finding[] {
  const keys = asMap(route);
  if (keys === undefined) return [];
  return [
    ...checkAccess(keys, path),
    ...checkPublic(keys, path),
    ...checkRateLimit(keys, path),
    ...checkExposure(keys, path),
    ...checkStream(keys, path),
    ...checkForwardedPath(keys, path),
  ];
}

function checkAccess(keys: Keys, path: ConfigPath): Finding[] {
  const [first, ...others] = Object.keys(keys).filter((key) => accessKeys.includes(key));
  if (first === undefined) {
    const isMisspelt = Object.keys(keys).some((key) => nearest(key.toLowerCase(), accessKeys) !== undefined);
    if (isMisspelt) return [];
    const message = 'the route does not say who may pass';
    return [
      valueError(path, 'missing-access', message, 'add one of scopes: [...], authenticated: true and public: true'),
    ];
  }
  return others.map((key) => {
    const message = `${quote(key)} and ${quote(first)} contradict each other; a route has exactly one of ${accessKeys.join(', ')}`;
    return keyError([...path, key], 'conflicting-keys', message);
  });
}

/** On a public route nobody is known whom these could let pass. */
function checkPublic(keys: Keys, path: ConfigPath): Finding[] {
  if (keys['public'] !== true) return [];
  return ['kinds', 'organizations', 'assumed', 'on_store_down', 'audience', 'assertion']
    .filter((key) => Object.hasOwn(keys, key))
    .map((key) => {
      const message = `a public route looks at no credential, so ${quote(key)} would decide nothing; keep one of the two`;
      return keyError([...path, key], 'conflicting-keys', message);
    });
}

function checkRateLimit(keys: Keys, path: ConfigPath): Finding[] {
  const rule = asMap(keys['rate_limit']);
  if (rule === undefined) return [];
  const at = [...path, 'rate_limit'];
  const { limit, burst, per } = rule;
  const found: Finding[] = [];
  if (keys['public'] === true && per !== 'ip') {
    const message = 'nobody is known on a public route, so requests can be counted by their address alone';
    const said = ['conflicting-keys', message, 'write per: ip'] as const;
    found.push(per === undefined ? keyError(at, ...said) : valueError([...at, 'per'], ...said));
  }
  if (typeof limit === 'number' && typeof burst === 'number' && burst > limit) {
    const message = `burst ${burst} is more than the limit ${limit}, so a window would see more than its limit at once`;
    const fix = 'write a longer window: { limit: 600, window: 1m } is the rate of { limit: 10, window: 1s }';
    found.push(valueError([...at, 'burst'], 'out-of-range', message, fix));
  }
  return found;
}

/** What can never last. */
function checkStream(keys: Keys, path: ConfigPath): Finding[] {
  if (keys['stream'] !== true) return [];
  const methods = asMap(keys['match'])?.['methods'];
  const onlyHead = Array.isArray(methods) && methods.length > 0 && methods.every((method) => method === 'HEAD');
  const message = 'the answer to HEAD has no body that could last; keep one of the two';
  return onlyHead ? [keyError([...path, 'stream'], 'conflicting-keys', message)] : [];
}

/** On an exposed route the gateway alone says what browsers may read. */
function checkExposure(keys: Keys, path: ConfigPath): Finding[] {
  if (!Object.hasOwn(keys, 'expose_to_browser')) return [];
  const changes = asMap(asMap(keys['headers'])?.['response']) ?? {};
  const removed: readonly unknown[] = Array.isArray(changes['remove']) ? changes['remove'] : [];
  const places: ConfigPath[] = [
    ...Object.keys(asMap(changes['set']) ?? {}).map((name) => ['set', name]),
    ...removed.map((_, index) => ['remove', index]),
  ];
  return places.flatMap((place) => {
    const name = String(place[0] === 'set' ? place[1] : removed[Number(place[1])]);
    if (!/^access-control-/i.test(name)) return [];
    const message = `with expose_to_browser the gateway says ${quote(name)} itself; keep one of the two`;
    const at = [...path, 'headers', 'response', ...place];
    return [(place[0] === 'set' ? keyError : valueError)(at, 'conflicting-keys', message)];
  });
}

function checkForwardedPath(keys: Keys, path: ConfigPath): Finding[] {
  const matched = patternOf(asMap(keys['match'])?.['path']);
  const stripped = patternOf(keys['strip_prefix']);
  const rewritten = patternOf(keys['rewrite']);
  const found: Finding[] = [];
  if (Object.hasOwn(keys, 'strip_prefix') && Object.hasOwn(keys, 'rewrite')) {
    const message = '"strip_prefix" and "rewrite" both say what path is forwarded; keep one';
    found.push(keyError([...path, 'rewrite'], 'conflicting-keys', message));
  }
  const stripFault = stripped && prefixFault(stripped, matched);
  if (stripFault !== undefined) found.push(valueError([...path, 'strip_prefix'], 'invalid-path', stripFault));
  const rewriteFault = rewritten && targetFault(rewritten, matched);
  if (rewriteFault !== undefined) found.push(valueError([...path, 'rewrite'], 'invalid-path', rewriteFault));
  return found;
}

function patternOf(value: unknown): PathPattern | undefined {
  const outcome = typeof value === 'string' ? parsePathPattern(value) : undefined;
  return outcome?.kind === 'pattern' ? outcome.pattern : undefined;
}

function prefixFault(prefix: PathPattern, matched: PathPattern | undefined): string | undefined {
  if (prefix.length === 0) return 'there is nothing to strip; write a prefix such as /api';
  if (prefix.some(({ kind }) => kind !== 'literal')) return 'a prefix is made of literals alone, such as /api';
  const begins = prefix.every((segment, at) => {
    const other = matched?.[at];
    return segment.kind === 'literal' && other?.kind === 'literal' && other.text === segment.text;
  });
  return begins || matched === undefined ? undefined : 'match.path does not begin with this prefix';
}

function targetFault(rewrite: PathPattern, matched: PathPattern | undefined): string | undefined {
  const names = new Set(
    matched?.flatMap((segment) => (segment.kind === 'one' && segment.name !== undefined ? [segment.name] : [])),
  );
  for (const segment of rewrite) {
    if (segment.kind === 'literal') continue;
    if (segment.kind === 'one' && segment.name === undefined)
      return '"*" cannot be filled in; name the segment in match.path, as :name';
    if (matched === undefined) continue;
    if (segment.kind === 'rest' && matched.at(-1)?.kind !== 'rest')
      return '"**" cannot be filled in: match.path has none';
    if (segment.kind === 'one' && !names.has(segment.name ?? '')) {
      const known = names.size === 0 ? 'it has no names' : `it has ${[...names].map((name) => `:${name}`).join(', ')}`;
      return `":${segment.name}" is not in match.path; ${known}`;
    }
  }
  return undefined;
}
