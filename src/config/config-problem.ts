import { withoutUrlSecrets } from './url-secrets.ts';

/** What can be wrong with a gateway.yaml; each code has one meaning and keeps it. */
export type ProblemCode =
  // the file
  | 'file-missing'
  | 'file-unreadable'
  | 'file-empty'
  | 'file-too-large'
  | 'file-encoding'
  // YAML
  | 'yaml-syntax'
  | 'yaml-alias'
  | 'yaml-depth'
  | 'yaml-directive'
  | 'yaml-documents'
  | 'yaml-merge-key'
  | 'yaml-tag'
  | 'duplicate-key'
  | 'env-syntax'
  | 'env-unset'
  // keys and values
  | 'conflicting-keys'
  | 'duplicate-value'
  | 'empty-list'
  | 'empty-section'
  | 'invalid-address'
  | 'invalid-cidr'
  | 'invalid-duration'
  | 'invalid-header'
  | 'invalid-host'
  | 'invalid-method'
  | 'invalid-name'
  | 'invalid-origin'
  | 'invalid-path'
  | 'invalid-scope'
  | 'invalid-size'
  | 'invalid-target'
  | 'invalid-url'
  | 'invalid-value'
  | 'missing-access'
  | 'missing-key'
  | 'out-of-range'
  | 'reserved-header'
  | 'reserved-name'
  | 'unknown-key'
  | 'unknown-scope'
  | 'unknown-upstream'
  | 'wrong-type'
  // what only the whole file shows
  | 'duplicate-route'
  | 'listen-conflict'
  | 'route-tie'
  | 'tls-file'
  | 'upstream-loop'
  // warnings
  | 'admin-exposed'
  | 'dangling-role'
  | 'lifetime-cuts-tokens'
  | 'overlapping-routes'
  | 'public-under-protected'
  | 'secret-in-file'
  | 'trusts-everyone'
  | 'trusts-many'
  | 'unreachable-route'
  | 'unreachable-upstream'
  | 'ungranted-scope'
  | 'unused-method'
  | 'unused-scope'
  | 'unused-upstream'
  | 'write-with-read-scope';

export type Severity = 'error' | 'warning';

/** Where in the file's structure something stands: keys and indexes from the top. */
export type ConfigPath = readonly PropertyKey[];

/** A problem and the key or value that has it, before lines and columns are known. */
export interface Finding {
  readonly path: ConfigPath;
  /** The key rather than its value is what is wrong. */
  readonly at: 'key' | 'value';
  readonly severity: Severity;
  readonly code: ProblemCode;
  readonly message: string;
  /** What to do about it, where the message does not say so. */
  readonly fix: string | undefined;
}

/** A value that is wrong. */
export function valueError(path: ConfigPath, code: ProblemCode, message: string, fix?: string): Finding {
  return { path, at: 'value', severity: 'error', code, message, fix };
}

/** A key that is wrong, or whose value is wrong as a whole. */
export function keyError(path: ConfigPath, code: ProblemCode, message: string, fix?: string): Finding {
  return { path, at: 'key', severity: 'error', code, message, fix };
}

/** A problem as it is shown to people and programs. */
export interface ConfigProblem {
  readonly file: string;
  /** Lines and columns count from 1; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  /** The column after the last one concerned, on the same line. */
  readonly endColumn: number;
  readonly severity: Severity;
  readonly code: ProblemCode;
  /** Such as `routes[0].scopes`; empty: the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly fix: string | undefined;
  /** The line concerned, after the one before it where that helps. Credentials in URLs are masked. */
  readonly excerpt: readonly { readonly line: number; readonly text: string }[];
}

const plainKey = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Writes a path as `routes[0].match.path` or `scopes["device:read"]`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (plainKey.test(String(step))) text += text === '' ? String(step) : `.${String(step)}`;
    else text += `[${JSON.stringify(String(step))}]`;
  }
  return text;
}

/** Quotes a value within a message, which logs and probes repeat: without the password of a URL, cut if it is long. */
export function quote(value: string): string {
  const shown = withoutUrlSecrets(value);
  return JSON.stringify(shown.length <= quotedLengthMax ? shown : `${shown.slice(0, quotedLengthMax)}…`);
}

const quotedLengthMax = 120;
