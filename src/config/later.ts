import type { ConfigPath } from './config-problem.ts';

/** Keys that the documentation names and this version does not have yet, by where they stand, with what they are for. */
const laterKeys: Readonly<Record<string, string>> = {
  'routes.*.stream': 'rules for streams',
};

/** What a key is for that a later version brings; undefined for any other key. */
export function laterKey(path: ConfigPath): string | undefined {
  const place = placeOf(path);
  return Object.hasOwn(laterKeys, place) ? laterKeys[place] : undefined;
}

/** The path with `*` for the names and indexes that a file chooses itself. */
function placeOf(path: ConfigPath): string {
  const named = path[0] === 'upstreams';
  return path.map((step, at) => (typeof step === 'number' || (named && at === 1) ? '*' : String(step))).join('.');
}
