import * as z from 'zod';
import { anyNames } from './file-names.ts';
import { sectionSchemas } from './schema.ts';

/** A JSON Schema as far as gateway.yaml uses it. */
export interface JsonSchema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly [keyword: string]: unknown;
}

/** The JSON Schema (draft 7, which editors read) of gateway.yaml, for people who write one. */
export function editorSchema(): JsonSchema {
  const { $schema, ...schema } = admitVariables(fileSchema());
  return {
    $schema,
    $id: 'urn:wayleave:gateway-yaml:1',
    title: 'gateway.yaml',
    description: 'The configuration of the Wayleave gateway.',
    ...schema,
    definitions: {
      variable: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*(:[-?][^}]*)?\\}',
        description: 'Taken from the environment: ${NAME}, ${NAME:-default} or ${NAME:?message}.',
      },
    },
  };
}

let made: JsonSchema | undefined;

/** The same without the leave to write `${NAME}` for a value: what the loader looks descriptions up in. */
export function fileSchema(): JsonSchema {
  made ??= z.toJSONSchema(z.strictObject(sectionSchemas(anyNames)), { target: 'draft-7', io: 'input' }) as JsonSchema;
  return made;
}

const told = new Set(['title', 'description', 'default', 'examples']);
const restrictions = ['pattern', 'enum', 'const'];

/** Wherever a scalar is restricted, `${NAME}` may stand for it. */
function admitVariables(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, items, anyOf } = schema;
  const inner: JsonSchema = {
    ...schema,
    ...(properties && { properties: mapValues(properties, admitVariables) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: admitVariables(additionalProperties) }),
    ...(items && { items: admitVariables(items) }),
    ...(anyOf && { anyOf: anyOf.map(admitVariables) }),
  };
  const scalar = ['string', 'number', 'integer', 'boolean'].includes(schema.type ?? '');
  const restricted = schema.type !== 'string' || restrictions.some((keyword) => keyword in schema);
  if (!scalar || !restricted) return inner;
  const pick = (wanted: boolean) => Object.entries(inner).filter(([keyword]) => told.has(keyword) === wanted);
  return {
    ...Object.fromEntries(pick(true)),
    anyOf: [Object.fromEntries(pick(false)), { $ref: '#/definitions/variable' }],
  };
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/**
 * The schemas that may describe the value at a path.
 * @param path keys and indexes from the top
 */
export function schemasAt(schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema[] {
  let found = alternatives(schema);
  for (const step of path) {
    found = found.flatMap((candidate) => {
      const next = typeof step === 'number' ? candidate.items : propertyOf(candidate, String(step));
      return next === undefined ? [] : alternatives(next);
    });
  }
  return found;
}

function propertyOf({ properties, additionalProperties }: JsonSchema, key: string): JsonSchema | undefined {
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

function alternatives(schema: JsonSchema): JsonSchema[] {
  return schema.anyOf === undefined ? [schema] : schema.anyOf.flatMap(alternatives);
}
