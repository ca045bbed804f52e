import type { ConfigProblem, ProblemCode } from './config-problem.ts';
import { fileSchema, type JsonSchema } from './json-schema.ts';

/**
 * A problem as logs and the network are told it: what it is and where, in words that repeat nothing of the file. A secret
 * may stand in any place of a wrong file, as a key too, and only who has the file may see it.
 */
export function discreetProblem(problem: ConfigProblem): ConfigProblem {
  const { code, path } = problem;
  return {
    ...problem,
    path: discreetPath(path),
    message: meanings[code] ?? problem.message,
    fix: undefined,
    excerpt: [],
  };
}

/** The steps of a path as `formatPath` writes them. */
const step = /\.?([A-Za-z_][\w-]*)|\["(?:[^"\\]|\\.)*"\]/g;

/** A path in which names that the file gives are `*`. */
function discreetPath(path: string): string {
  return path.replace(step, (found, key: string | undefined) => {
    if (key !== undefined && knownKeys().has(key)) return found;
    if (found.startsWith('[')) return '[*]';
    return found.startsWith('.') ? '.*' : '*';
  });
}

let keys: ReadonlySet<string> | undefined;

/** Every key that gateway.yaml can have anywhere. */
function knownKeys(): ReadonlySet<string> {
  keys ??= new Set(keysWithin(fileSchema()));
  return keys;
}

function keysWithin({ properties = {}, additionalProperties, items, anyOf = [] }: JsonSchema): string[] {
  const inner = [...Object.values(properties), ...anyOf, ...(items === undefined ? [] : [items])];
  const others = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...Object.keys(properties), ...[...inner, ...others].flatMap(keysWithin)];
}

const meanings: Readonly<Record<ProblemCode, string | undefined>> = {
  // These speak of the file, not of what stands in it.
  'file-missing': undefined,
  'file-unreadable': undefined,
  'file-empty': undefined,
  'file-too-large': undefined,
  'file-encoding': undefined,
  'yaml-syntax': 'this is not YAML',
  'yaml-alias': 'an alias (*) cannot be used so',
  'yaml-depth': 'lists and maps stand too deep in each other',
  'yaml-directive': 'a directive (%) is not taken',
  'yaml-documents': 'a second document begins here',
  'yaml-merge-key': 'merge keys (<<) are not taken',
  'yaml-tag': 'a tag (!) is not taken',
  'duplicate-key': 'a key stands here for the second time',
  'env-syntax': 'a ${...} is not written as it must be',
  'env-unset': 'a variable of the environment is not set',
  'conflicting-keys': 'two keys exclude each other',
  'duplicate-value': 'a value stands here for the second time',
  'empty-list': 'a list is empty',
  'empty-section': 'a value or section is empty',
  'invalid-address': 'this is no address to listen on',
  'invalid-cidr': 'this is no address or block of addresses',
  'invalid-duration': 'this is no duration',
  'invalid-header': 'this is no header that can be set or removed',
  'invalid-host': 'this is no host',
  'invalid-method': 'this is no method',
  'invalid-name': 'this cannot be a name here',
  'invalid-origin': 'this is no origin of web pages',
  'invalid-path': 'this is no path',
  'invalid-scope': 'this is no scope',
  'invalid-size': 'this is no size',
  'invalid-target': 'this is no target of an upstream',
  'invalid-url': 'this is no URL that can be used here',
  'invalid-value': 'this value is not taken here',
  'missing-access': 'a route does not say who may use it',
  'missing-key': 'a key is missing',
  'out-of-range': 'a number is too small or too large',
  'reserved-header': 'a header is reserved',
  'reserved-name': 'a name is reserved',
  'unknown-key': 'a key is not known here',
  'unknown-scope': 'a scope is not in the catalogue',
  'unknown-upstream': 'a route names an upstream that is not there',
  'wrong-type': 'a value is of another type than it should be',
  'duplicate-route': 'two routes have one name',
  'listen-conflict': 'two listeners have one address',
  'route-tie': 'two routes match the same requests',
  'tls-file': 'a certificate or key cannot be used',
  'upstream-loop': 'an upstream is the gateway itself',
  'admin-exposed': 'the admin API listens to the network without TLS',
  'dangling-role': 'somebody holds a role that is not in the file',
  'lifetime-cuts-tokens': 'there are tokens that live longer than they may',
  'overlapping-routes': 'two routes overlap, with different rules',
  'public-under-protected': 'a public route lies below a protected one',
  'secret-in-file': 'a secret stands in the file',
  'trusts-everyone': 'every address is trusted',
  'trusts-many': 'a large part of all addresses is trusted',
  'unreachable-route': 'no request comes to a route',
  'unreachable-upstream': 'an upstream does not answer',
  'ungranted-scope': 'no role gives a scope that routes ask for',
  'unused-method': 'a method is never asked for',
  'unused-scope': 'a scope is not used',
  'unused-upstream': 'an upstream is not used',
  'write-with-read-scope': 'a scope that reads lets writing methods through',
};
