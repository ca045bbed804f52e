import fc from 'fast-check';

/** What of JSON Schema the OpenAPI document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly default?: unknown;
}

/** Texts that are more than their letters somewhere. */
const hostile = [
  '',
  '\u0000',
  "'; DROP TABLE users; --",
  '../../etc/passwd',
  '%',
  '{{7*7}}',
  '\u202egnp.exe',
  '\ud800',
  'a'.repeat(5000),
  '__proto__',
  '1e999',
  '-1',
  '99999999999999999999',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999+14:00',
  '90d',
  '999999999999d',
  '::/0',
  'org_01',
  'usr_x',
];
const anyText = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 10 }),
);
const anything = fc.oneof(
  anyText,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
);

const formats: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-12-01T12:00:00Z', '2026-11-30T23:59:59.123+05:30'],
  email: ['ada@example.com'],
};

/** Values that a schema takes; where they need not be right, nearly. @param known values of the right kind, by name */
export class SchemaValues {
  readonly #components: Readonly<Record<string, Schema>>;
  readonly #known: Readonly<Record<string, readonly string[]>>;
  readonly #strange: boolean;

  constructor(options: {
    readonly components: Readonly<Record<string, Schema>>;
    readonly known: Readonly<Record<string, readonly string[]>>;
    /** Whether some values are not what the schema takes. */
    readonly strange: boolean;
  }) {
    this.#components = options.components;
    this.#known = options.known;
    this.#strange = options.strange;
  }

  of(schema: Schema, name = ''): fc.Arbitrary<unknown> {
    const right = this.#right(schema, name);
    return this.#strange ? fc.oneof({ arbitrary: right, weight: 6 }, { arbitrary: anything, weight: 1 }) : right;
  }

  #right(schema: Schema, name: string): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined)
      return this.#right(this.#components[schema.$ref.split('/').at(-1) ?? ''] ?? {}, name);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    const options = schema.anyOf ?? schema.allOf;
    if (options !== undefined) return fc.oneof(...options.map((option) => this.#right(option, name)));
    const types = [schema.type ?? 'object'].flat();
    return fc.oneof(...types.map((type) => this.#ofType(type, schema, name)));
  }

  #ofType(type: string, schema: Schema, name: string): fc.Arbitrary<unknown> {
    const { minimum = 0, maximum = 1000, minItems = 0, items = {} } = schema;
    switch (type) {
      case 'string':
        return this.#text(schema, name);
      case 'integer':
      case 'number':
        return fc.integer({ min: minimum, max: maximum });
      case 'boolean':
        return fc.boolean();
      case 'null':
        return fc.constant(null);
      case 'array':
        return fc.array(this.of(items, name), { minLength: minItems, maxLength: minItems + 2 });
      default:
        return this.#object(schema);
    }
  }

  #text({ format, minLength = 0, maxLength = 40 }: Schema, name: string): fc.Arbitrary<string> {
    const known = this.#known[name] ?? formats[format ?? ''];
    const right = known === undefined ? fc.stringMatching(/^[a-z][a-z0-9]{3,12}$/) : fc.constantFrom(...known);
    if (!this.#strange) return right;
    return fc.oneof(
      { arbitrary: right, weight: 4 },
      fc.string({ minLength, maxLength: Math.min(maxLength, 60) }),
      anyText,
    );
  }

  #object({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
    const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, this.of(field, name)]));
    const whole = fc.record(fields, { requiredKeys: [...required] });
    const strange = fc.record({ ...fields, nonsense: anything, constructor: anything }, { requiredKeys: [] });
    return this.#strange ? fc.oneof({ arbitrary: whole, weight: 8 }, { arbitrary: strange, weight: 1 }) : whole;
  }
}
