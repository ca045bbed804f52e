import { asMap } from './file-names.ts';
import { valueError, type ConfigPath, type Finding } from './config-problem.ts';
import { nodeAt, type SourceNode } from './source-text.ts';

/** Secrets that stand in the file itself, where whoever reads it, or its history, has them. */
export function secretsInFile(root: SourceNode): Finding[] {
  const file = asMap(root.value) ?? {};
  return [
    ...listOf(file['webhooks']).flatMap((_, index) => signingKey(root, index)),
    ...['postgres', 'redis'].flatMap((key) => passwordInUrl(root, ['store', key])),
    ...listOf(file['routes']).flatMap((route, index) => credentialHeaders(root, route, index)),
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function signingKey(root: SourceNode, index: number): Finding[] {
  const path = ['webhooks', index, 'key'];
  if (isTaken(root, path)) return [];
  const name = String(nodeAt(root, ['webhooks', index, 'name'])?.value);
  return [secret(path, `the signing key of ${JSON.stringify(name)} stands in the file`, 'key')];
}

function passwordInUrl(root: SourceNode, path: ConfigPath): Finding[] {
  const value = nodeAt(root, path)?.value;
  if (typeof value !== 'string' || isTaken(root, path) || !/:\/\/[^/@]*:[^/@]+@|[?&][a-z_]*password=/.test(value))
    return [];
  return [secret(path, `the password of store.${String(path.at(-1))} stands in the file`, String(path.at(-1)))];
}

const credentialName = /^(?:authorization|proxy-authorization|cookie|.*(?:api-?key|secret|token|password).*)$/i;

/** What routes add to requests so that an upstream believes the gateway. */
function credentialHeaders(root: SourceNode, route: unknown, index: number): Finding[] {
  const set = asMap(asMap(asMap(asMap(route)?.['headers'])?.['request'])?.['set']) ?? {};
  return Object.keys(set).flatMap((name) => {
    const path = ['routes', index, 'headers', 'request', 'set', name];
    if (!credentialName.test(name) || isTaken(root, path)) return [];
    return [secret(path, `the value of ${name} looks like a credential and stands in the file`, name)];
  });
}

/** Whether it comes from the environment, or is not there. */
function isTaken(root: SourceNode, path: ConfigPath): boolean {
  const node = nodeAt(root, path);
  return node === undefined || node.written !== undefined;
}

function secret(path: ConfigPath, message: string, key: string): Finding {
  const fix = `write ${key}: \${NAME} and set NAME in the environment`;
  return { ...valueError(path, 'secret-in-file', message, fix), severity: 'warning' };
}
