import { readdir, readFile } from 'node:fs/promises';
import { createAdminApp } from '../../src/admin-api/app.ts';
import type { AdminDeps } from '../../src/admin-api/context.ts';
import { configFixture } from '../admin-api/support/config.ts';

/** What of a JSON Schema the OpenAPI document uses. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

interface Media {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export const callsFile = new URL('../../admin/src/api/calls.ts', import.meta.url);
const sources = new URL('../../admin/src/', import.meta.url);

/** The text of admin/src/api/calls.ts: the calls that the console's sources name, and the types they speak of. */
export async function consoleCalls(): Promise<string> {
  const { paths, components } = document();
  const names = new Set<string>();
  const calls = (await callsInUse()).map((call) => {
    const [method = '', path = ''] = call.split(' ');
    const operation = paths[`/api/v1${path}`]?.[method.toLowerCase()];
    if (operation === undefined) throw new Error(`the console makes a call that there is not: ${call}`);
    return `  '${call}': ${callType(operation, names)};`;
  });
  const types: string[] = [];
  for (const name of names) {
    types.push(`export type ${name} = ${typeOf(components.schemas[name] ?? {}, names)};`);
  }
  const head = [
    '// Made from the OpenAPI document by "npm run console:calls"; not to be changed by hand.',
    '/** The calls that the console makes, by method and path. */',
  ];
  return [...head, 'export interface Calls {', ...calls, '}', '', ...types.toSorted(), ''].join('\n');
}

/** The document needs no store: the application is built, and no call is made. */
function document(): Document {
  const app = createAdminApp({
    currentConfig: configFixture,
    console: new Map(),
    clock: { now: () => 0, monotonic: () => 0 },
    configSchema: '{}',
    version: '',
  } as Partial<AdminDeps> as AdminDeps);
  return app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: '', version: '' } }) as unknown as Document;
}

async function callsInUse(): Promise<string[]> {
  const files = await readdir(sources, { recursive: true });
  const texts = files.filter((file) => /\.tsx?$/.test(file) && file !== 'api/calls.ts');
  const found = new Set<string>();
  for (const file of texts) {
    const text = await readFile(new URL(file, sources), 'utf8');
    for (const [, call = ''] of text.matchAll(/'((?:GET|POST|PATCH|DELETE) \/[^']*)'/g)) found.add(call);
  }
  return [...found].toSorted();
}

function callType({ parameters = [], requestBody, responses }: Operation, names: Set<string>): string {
  const of = (place: string): string => {
    const fields = parameters.filter((one) => one.in === place);
    const text = fields.map(({ name, required, schema }) => {
      return `${name}${required === true ? '' : '?'}: ${place === 'path' ? 'string' : queryType(schema, names)}`;
    });
    return text.length === 0 ? 'undefined' : `{ ${text.join('; ')} }`;
  };
  const body = requestBody?.content?.['application/json']?.schema;
  const [, answer] = Object.entries(responses).find(([status]) => status.startsWith('2')) ?? [];
  const answered = answer?.content?.['application/json']?.schema;
  const parts = [
    `params: ${of('path')}`,
    `query: ${of('query')}`,
    `body: ${body === undefined ? 'undefined' : typeOf(body, names)}`,
    `answer: ${answered === undefined ? 'undefined' : typeOf(answered, names)}`,
  ];
  return `{ ${parts.join('; ')} }`;
}

/** A query is text, whatever it stands for. */
function queryType(schema: Schema, names: Set<string>): string {
  return schema.type === 'integer' || schema.type === 'boolean' ? 'string' : typeOf(schema, names);
}

function typeOf(schema: Schema, names: Set<string>): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    names.add(name);
    return name;
  }
  if (schema.const !== undefined) return literal(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ');
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return either.map((one) => typeOf(one, names)).join(' | ');
  const first = schema.allOf?.find((one) => one.$ref !== undefined || one.type !== undefined);
  if (first !== undefined) return typeOf(first, names);
  const kinds = [schema.type ?? 'unknown'].flat();
  return kinds.map((kind) => typeOfKind(kind, schema, names)).join(' | ');
}

function typeOfKind(kind: string, schema: Schema, names: Set<string>): string {
  switch (kind) {
    case 'integer':
      return 'number';
    case 'array':
      return `readonly (${typeOf(schema.items ?? {}, names)})[]`;
    case 'object':
      return objectType(schema, names);
    default:
      return kind;
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, names: Set<string>): string {
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? '' : '?'}: ${typeOf(field, names)}`,
  );
  if (typeof additionalProperties === 'object')
    return `Readonly<Record<string, ${typeOf(additionalProperties, names)}>>`;
  return fields.length === 0 ? 'Readonly<Record<string, unknown>>' : `{ ${fields.join('; ')} }`;
}

function literal(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value);
}
