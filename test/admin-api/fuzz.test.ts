import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { mintToken } from '../../src/core/token.ts';
import { count } from '../support/counts.ts';
import { calls, newTargets, type Targets } from './support/calls.ts';
import { SchemaValues, type Schema } from './support/schema-values.ts';
import { openWorld, type World } from './support/world.ts';

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let world: World;
let document: Document;
let secrets: readonly (string | undefined)[];
let known: Targets;
let ajv: Ajv2020;

beforeAll(async () => {
  world = await openWorld();
  document = (await world.client().get('/openapi.json')).body as unknown as Document;
  ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'document', components: document.components });
});

/** Anew for each call, which may suspend, disable and revoke what it finds. */
let organizations = 0;
beforeEach(async () => {
  const slug = `fuzzed-${++organizations}`;
  known = await newTargets(world, slug);
  const { people } = world;
  const platform = await people.holder('platform', ['wayleave/platform-admin'], builtInRoles['platform-admin']);
  const scopes = [...builtInRoles['org-admin'], ...builtInRoles.member, 'read'];
  const admin = await people.holder(slug, ['wayleave/org-admin', 'analytics/viewer'], scopes);
  const member = await people.holder(slug, [], builtInRoles.member);
  secrets = [platform.secret, platform.secret, admin.secret, admin.secret, member.secret, undefined];
});

interface Shot {
  readonly secret: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

function shots(name: string, operation: Operation): fc.Arbitrary<Shot> {
  const { organization, userId, serviceId, tokenId } = known;
  const hints = {
    org: [organization],
    organization: [organization],
    id: [calls[name]?.id?.(known) ?? userId, serviceId],
    user_id: [userId, serviceId],
    owner: [userId],
    token_id: [tokenId],
    code: [mintToken('wl', 'enr'), mintToken('wl', 'pat')],
    project: ['analytics', 'wayleave'],
    roles: ['viewer', 'editor', 'org-admin', 'platform-admin'],
    scopes: ['read', 'device:read', 'wayleave:self', 'wayleave:platform'],
    lifetime: ['1h', '10d'],
    overlap: ['0', '1m', '1h', '7d'],
    unused_for: ['1h', '90d'],
    limit: ['1', '200'],
    cursor: ['b3JnX3g'],
    allowed_ips: ['10.0.0.0/8', '::1', '127.0.0.1'],
  };
  return fc.oneof(shotsOf(operation, hints, false), shotsOf(operation, hints, true));
}

/** @param strange whether some values are to be none that the schema takes */
function shotsOf(
  { parameters = [], requestBody }: Operation,
  hints: Readonly<Record<string, readonly string[]>>,
  strange: boolean,
): fc.Arbitrary<Shot> {
  const values = new SchemaValues({ components: document.components.schemas, known: hints, strange });
  const fieldsOf = (place: string) =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === place && (strange || one.name !== 'cursor'))
        .map(({ name, schema }) => [name, values.of(schema, name)]),
    );
  const schema = requestBody?.content['application/json']?.schema;
  return fc.record({
    secret: fc.constantFrom(...secrets),
    params: fc.record(fieldsOf('path')),
    query: fc.record(fieldsOf('query'), { requiredKeys: [] }),
    body: schema === undefined ? fc.constant(undefined) : values.of(schema),
  });
}

function targetOf(template: string, { params, query }: Shot): string {
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => segment(params[name]));
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encode(value)}`);
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

/** An empty or dot segment, however it is spelled, would be another path before it is sent. */
function segment(value: unknown): string {
  const encoded = encode(value);
  return /^\.{0,2}$/.test(encoded) ? `x${encoded}` : encoded;
}

function encode(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '?').slice(0, 1000));
}

/** Says what the document does not say of an answer; '' when it says it all. */
function undocumented({ responses }: Operation, status: number, type: string, body: unknown): string {
  const content = responses[status]?.content;
  if (content === undefined) return `the status ${status} is not in the document: ${JSON.stringify(body)}`;
  const schema = content[type]?.schema;
  if (schema === undefined) return `the type ${type} of ${status} is not in the document`;
  if (!type.endsWith('json')) return '';
  const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"document#/components')) as object;
  const fits = ajv.validate(absolute, body);
  return fits ? '' : `${ajv.errorsText()} in ${JSON.stringify(body)}`;
}

const limited = new Set(['post /api/v1/enrol', 'post /api/v1/session']);

it.each(Object.keys(calls))('%s answers what the document says, and never 5xx, whatever it is sent', async (name) => {
  const [method = '', template = ''] = name.split(' ');
  const operation = document.paths[template]?.[method];
  if (operation === undefined) throw new Error(`the document has no ${name}`);
  await fc.assert(
    fc.asyncProperty(shots(name, operation), async (shot) => {
      const answer = await world
        .client(shot.secret)
        .call(
          method.toUpperCase(),
          targetOf(template, shot),
          shot.body === undefined ? undefined : JSON.stringify(shot.body),
        );
      const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
      if (answer.status !== 503 || template !== '/readyz') expect(answer.status).toBeLessThan(500);
      expect(undocumented(operation, answer.status, type, answer.body)).toBe('');
    }),
    { numRuns: limited.has(name) ? count(15, 100) : count(15, 400), endOnFailure: true },
  );
});
