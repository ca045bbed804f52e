import type { JsonSchema } from '../../src/config/json-schema.ts';

type Check = (expected: unknown, value: unknown, schema: JsonSchema) => boolean;

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
};

/** The keywords of draft 7 that assert something about one value; each passes values of other types. */
const assertions: Readonly<Record<string, Check>> = {
  type: (type, value) => types[String(type)]?.(value) === true,
  const: (only, value) => value === only,
  enum: (choices, value) => Array.isArray(choices) && choices.includes(value),
  pattern: (pattern, value) => typeof value !== 'string' || new RegExp(String(pattern), 'u').test(value),
  minimum: (least, value) => typeof value !== 'number' || value >= Number(least),
  maximum: (most, value) => typeof value !== 'number' || value <= Number(most),
  minItems: (least, value) => !Array.isArray(value) || value.length >= Number(least),
  required: (keys, value) => !isMap(value) || (keys as string[]).every((key) => Object.hasOwn(value, key)),
};

/** Keywords that are looked at elsewhere, or that assert nothing. */
const others = new Set(
  `properties additionalProperties propertyNames items anyOf $ref
   $schema $id title description default examples definitions`.split(/\s+/),
);

/**
 * Says where a value breaks a schema; a small validator for the part of draft 7 that our schema uses.
 * @throws Error for a keyword it does not know, so that none is passed over
 */
export function schemaFaults(schema: JsonSchema, value: unknown, root: JsonSchema, path = ''): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !Object.hasOwn(assertions, keyword) && !others.has(keyword));
  if (unknown.length > 0) throw new Error(`keywords without a check: ${unknown.join(', ')}`);
  const own = Object.entries(schema)
    .filter(([keyword, expected]) => assertions[keyword]?.(expected, value, schema) === false)
    .map(([keyword]) => `${path} ${keyword}`);
  return [
    ...own,
    ...inMap(schema, value, root, path),
    ...inList(schema, value, root, path),
    ...inChoice(schema, value, root, path),
  ];
}

function inMap(schema: JsonSchema, value: unknown, root: JsonSchema, path: string): string[] {
  if (!isMap(value)) return [];
  const { properties = {}, additionalProperties = true } = schema;
  const names = schema['propertyNames'] as JsonSchema | undefined;
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}.${key}`;
    const named = names === undefined ? [] : schemaFaults(names, key, root, at);
    const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    if (known === false) return [...named, `${at} additionalProperties`];
    return typeof known === 'object' ? [...named, ...schemaFaults(known, inner, root, at)] : named;
  });
}

function inList({ items }: JsonSchema, value: unknown, root: JsonSchema, path: string): string[] {
  if (!Array.isArray(value) || items === undefined) return [];
  return value.flatMap((item, index) => schemaFaults(items, item, root, `${path}[${index}]`));
}

function inChoice({ anyOf, $ref }: JsonSchema, value: unknown, root: JsonSchema, path: string): string[] {
  const definitions = root['definitions'] as Readonly<Record<string, JsonSchema>>;
  const referred = typeof $ref === 'string' ? definitions[$ref.replace('#/definitions/', '')] : undefined;
  if ($ref !== undefined && referred === undefined) throw new Error(`no such definition: ${JSON.stringify($ref)}`);
  const direct = referred === undefined ? [] : schemaFaults(referred, value, root, path);
  if (anyOf === undefined) return direct;
  const fits = anyOf.some((choice) => schemaFaults(choice, value, root, path).length === 0);
  return fits ? direct : [...direct, `${path} anyOf`];
}
