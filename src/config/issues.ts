import type * as z from 'zod';
import { nearest } from '../lib/nearest.ts';
import { keyError, quote, valueError, type ConfigPath, type Finding, type ProblemCode } from './config-problem.ts';
import { fileSchema, schemasAt, type JsonSchema } from './json-schema.ts';
import { describeValue, exampleOf, expectation, summary } from './schema-words.ts';
import { nodeAt, unreadable, type SourceNode } from './source-text.ts';

type Issue = z.core.$ZodIssue;

/** Puts what zod found into words, with the help of the file's JSON Schema. */
export class IssueReader {
  readonly #root: SourceNode;

  /** @param root the whole file */
  constructor(root: SourceNode) {
    this.#root = root;
  }

  /** @param prefix the path of the value that was parsed */
  findings(issues: readonly Issue[], prefix: ConfigPath): Finding[] {
    return issues.flatMap((issue) => this.#read(issue, [...prefix, ...issue.path]));
  }

  unknownKeys(keys: readonly string[], path: ConfigPath): Finding[] {
    return keys.map((key) => {
      const known = keysOf(this.#schemas(path));
      const near = nearest(key.toLowerCase().replaceAll('-', '_'), known);
      const home = near === undefined ? this.#homeOf(key, path) : undefined;
      const hint = near === undefined ? (home ?? '') : `; did you mean ${quote(near)}?`;
      const fix = hint === '' && known.length > 0 ? `the keys here are ${known.join(', ')}` : undefined;
      return keyError([...path, key], 'unknown-key', `unknown key ${quote(key)}${hint}`, fix);
    });
  }

  #read(issue: Issue, path: ConfigPath): Finding[] {
    const node = nodeAt(this.#root, path);
    if (node?.value === unreadable) return [];
    switch (issue.code) {
      case 'unrecognized_keys':
        return this.unknownKeys(issue.keys, path);
      case 'invalid_key':
        return issue.issues.map((inner) => ({ ...custom(inner, path), at: 'key' }));
      case 'invalid_type':
        return [this.#wrongType(path, node)];
      case 'invalid_value':
        return [this.#wrongValue(issue.values, path, node)];
      case 'too_small':
      case 'too_big':
        return [this.#outOfRange(path, node)];
      default:
        return [redacted(custom(issue, path), node)];
    }
  }

  #wrongType(path: ConfigPath, node: SourceNode | undefined): Finding {
    const schemas = this.#schemas(path);
    if (node === undefined) {
      const key = String(path.at(-1));
      const example = exampleOf(schemas);
      const said = summary(schemas);
      const fix = example === undefined ? `add it: ${said}` : `add it, such as ${key}: ${example} (${said})`;
      return valueError(path, 'missing-key', `${quote(key)} is missing`, fix);
    }
    if (node.value === null) {
      const section = schemas.some(({ type }) => type === 'object' || type === 'array');
      const removable = this.#isRequired(path) ? '' : ' or remove it';
      const message = section
        ? `the section is empty; fill it in${removable}`
        : `there is no value; write ${expectation(schemas)}`;
      return keyError(path, 'empty-section', message);
    }
    const { written } = node;
    const is = written === undefined ? `is ${describeValue(node)}` : `and ${quote(written)} stands for something else`;
    const message = `should be ${expectation(schemas)}, ${is}`;
    const fix = listHint(schemas, node) ?? mapHint(schemas);
    return valueError(path, 'wrong-type', message, fix);
  }

  #wrongValue(allowed: readonly unknown[], path: ConfigPath, node: SourceNode | undefined): Finding {
    const value = node?.value;
    if (node === undefined || value === null || typeof value === 'object') return this.#wrongType(path, node);
    const choices = allowed.map(String).join(', ');
    const near = typeof value === 'string' ? nearest(value.toLowerCase(), allowed.map(String)) : undefined;
    if (near !== undefined && near !== value) {
      const message = `${describeValue(node)} is not known here; did you mean ${quote(near)}?`;
      return valueError(path, 'invalid-value', message, allowed.length > 2 ? `it takes ${choices}` : undefined);
    }
    const takes = allowed.length === 1 ? `takes only ${choices}` : `takes one of ${choices}`;
    return valueError(path, 'invalid-value', `${takes}, not ${describeValue(node)}`);
  }

  #outOfRange(path: ConfigPath, node: SourceNode | undefined): Finding {
    if (Array.isArray(node?.value)) return this.#emptyList(path);
    const [{ minimum, maximum } = {}] = this.#schemas(path);
    const value = node === undefined ? 'it' : describeValue(node);
    return valueError(
      path,
      'out-of-range',
      `${value} is out of range; write ${String(minimum)} to ${String(maximum)}`,
      undefined,
    );
  }

  #emptyList(path: ConfigPath): Finding {
    const other =
      path.at(-1) === 'scopes'
        ? ', or write authenticated: true to let any valid token pass'
        : this.#isRequired(path)
          ? ''
          : ', or remove the key';
    return valueError(path, 'empty-list', 'the list is empty', `name at least one${other}`);
  }

  #isRequired(path: ConfigPath): boolean {
    const key = String(path.at(-1));
    return this.#schemas(path.slice(0, -1)).some(
      ({ required, properties }) => properties === undefined || required?.includes(key) === true,
    );
  }

  /** Says where a key belongs that stands one level too high or too low. */
  #homeOf(key: string, path: ConfigPath): string | undefined {
    const below = keysOf(this.#schemas(path)).find((known) => keysOf(this.#schemas([...path, known])).includes(key));
    if (below !== undefined) return `; it belongs under ${quote(below)}`;
    const above = path.length > 0 && keysOf(this.#schemas(path.slice(0, -1))).includes(key);
    return above ? `; it belongs one level up, beside ${quote(String(path.at(-1)))}` : undefined;
  }

  #schemas(path: ConfigPath): JsonSchema[] {
    return schemasAt(fileSchema(), path);
  }
}

function keysOf(schemas: readonly JsonSchema[]): string[] {
  return schemas.flatMap(({ properties }) => Object.keys(properties ?? {}));
}

function listHint(schemas: readonly JsonSchema[], { value, written }: SourceNode): string | undefined {
  if (!schemas.some(({ type }) => type === 'array')) return undefined;
  if (typeof value === 'string' && written === undefined) return `put it in brackets: [ ${quote(value)} ]`;
  return typeof value === 'object' ? 'begin each entry with "- "' : undefined;
}

function mapHint(schemas: readonly JsonSchema[]): string | undefined {
  const maps = schemas.filter(({ type, description }) => type === 'object' && description !== undefined);
  return maps.length === 0 ? undefined : summary(maps);
}

function custom(issue: Issue, path: ConfigPath): Finding {
  const params: Readonly<Record<string, unknown>> = issue.code === 'custom' ? (issue.params ?? {}) : {};
  const { code, fix } = params as { code?: ProblemCode; fix?: string };
  return valueError(path, code ?? 'invalid-value', issue.message, fix);
}

/** What the environment put in is not shown: it may be a secret. */
function redacted(found: Finding, node: SourceNode | undefined): Finding {
  if (node?.written === undefined || typeof node.value !== 'string') return found;
  const fix = found.fix ?? 'the value comes from the environment';
  return { ...found, message: found.message.replaceAll(quote(node.value), quote(node.written)), fix };
}
