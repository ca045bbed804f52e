import { quote } from './config-problem.ts';
import type { JsonSchema } from './json-schema.ts';
import type { SourceNode } from './source-text.ts';

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

const namedKeysMax = 4;

/** What a value should be: `a duration such as "30s"`, `text`, `a scope such as "device:read", a list or a map`. */
export function expectation(schemas: readonly JsonSchema[]): string {
  const words = schemas.map(({ title, type, examples, properties, const: only }) => {
    if (only !== undefined) return inYaml(only);
    const keys = Object.keys(properties ?? {});
    if (keys.length > 0 && keys.length <= namedKeysMax) return `a map with ${keys.join(', ')}`;
    const example = examples?.find((value) => typeof value === 'string');
    return `${title ?? typeNames[type ?? ''] ?? 'something else'}${example === undefined ? '' : ` such as "${example}"`}`;
  });
  const different = [...new Set(words)].filter((word) => !(word.startsWith('a map with') && words.includes('a map')));
  const last = different.pop() ?? 'something else';
  return different.length === 0 ? last : `${different.join(', ')} or ${last}`;
}

/** The first sentence of the description, to stand within another sentence. */
export function summary(schemas: readonly JsonSchema[]): string {
  const description = schemas.find((schema) => schema.description !== undefined)?.description ?? 'it has no default';
  const [sentence = ''] = description.split(/(?<=[a-z)}\]`])\.(?: |$)/);
  return /^[A-Z][a-z]/.test(sentence) ? sentence.charAt(0).toLowerCase() + sentence.slice(1) : sentence;
}

/** An example as it would stand in the file. */
export function exampleOf(schemas: readonly JsonSchema[]): string | undefined {
  const [first] = schemas.flatMap(({ examples, const: only }) => [
    ...(examples ?? []),
    ...(only === undefined ? [] : [only]),
  ]);
  return first === undefined ? undefined : inYaml(first);
}

function inYaml(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What a value is: `the text "abc"`, `the number 5`, `a list`. A value from the environment is not shown. */
export function describeValue({ value, written }: SourceNode): string {
  if (written !== undefined) return `what ${quote(written)} stands for`;
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return value === '' ? 'empty text' : `the text ${quote(value)}`;
  return typeof value === 'number' ? `the number ${value}` : value === true ? 'true' : 'false';
}
