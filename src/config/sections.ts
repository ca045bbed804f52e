import type * as z from 'zod';
import { valueError, type ConfigPath, type Finding } from './config-problem.ts';
import { asMap, namesOf } from './file-names.ts';
import { IssueReader } from './issues.ts';
import type { RouteFile } from './schema-routes.ts';
import { sectionSchemas } from './schema.ts';
import type { SourceNode } from './source-text.ts';

type Schemas = ReturnType<typeof sectionSchemas>;
type Section<Key extends keyof Schemas> = z.output<Schemas[Key]> | undefined;

/** The sections of the file with defaults filled in; undefined: wrong, or left out where that is allowed. */
export interface Sections {
  readonly publicUrl: Section<'public_url'>;
  readonly listen: Section<'listen'>;
  readonly trustedProxies: Section<'trusted_proxies'>;
  readonly store: Section<'store'>;
  readonly cache: Section<'cache'>;
  readonly tokens: Section<'tokens'>;
  readonly assume: Section<'assume'>;
  readonly audit: Section<'audit'>;
  readonly accessLog: Section<'access_log'>;
  readonly limits: Section<'limits'>;
  readonly scopes: Section<'scopes'>;
  readonly projects: Section<'projects'>;
  readonly identity: Section<'identity'>;
  readonly webhooks: Section<'webhooks'>;
  readonly upstreams: Section<'upstreams'>;
  /** In the file's order, wrong ones as undefined. */
  readonly routes: readonly (RouteFile | undefined)[];
}

/**
 * Reads each section by its schema, and each route by itself, so that one mistake hides no other.
 * @param root a map
 */
export function readSections(root: SourceNode): { sections: Sections; findings: readonly Finding[] } {
  const file = asMap(root.value) ?? {};
  const schemas = sectionSchemas(namesOf(file));
  const reader = new IssueReader(root);
  const findings: (readonly Finding[])[] = [];

  const read = <Schema extends z.ZodType>(
    schema: Schema,
    path: ConfigPath,
    value: unknown,
  ): z.output<Schema> | undefined => {
    const outcome = schema.safeParse(value);
    if (!outcome.success) findings.push(reader.findings(outcome.error.issues, path));
    return outcome.data;
  };
  const section = <Schema extends z.ZodType>(key: keyof Schemas, schema: Schema) => read(schema, [key], file[key]);
  const routes = (): (RouteFile | undefined)[] => {
    const list = file['routes'];
    if (!Array.isArray(list) || list.length === 0) return section('routes', schemas.routes) ?? [];
    return list.map((route: unknown, index) => read(schemas.routes.element, ['routes', index], route));
  };

  findings.push(
    reader.unknownKeys(
      Object.keys(file).filter((key) => !Object.hasOwn(schemas, key)),
      [],
    ),
  );
  section('version', schemas.version);
  const sections: Sections = {
    publicUrl: section('public_url', schemas.public_url),
    listen: section('listen', schemas.listen),
    trustedProxies: section('trusted_proxies', schemas.trusted_proxies),
    store: section('store', schemas.store),
    cache: section('cache', schemas.cache),
    tokens: section('tokens', schemas.tokens),
    assume: section('assume', schemas.assume),
    audit: section('audit', schemas.audit),
    accessLog: section('access_log', schemas.access_log),
    limits: section('limits', schemas.limits),
    scopes: section('scopes', schemas.scopes),
    projects: section('projects', schemas.projects),
    identity: section('identity', schemas.identity),
    webhooks: section('webhooks', schemas.webhooks),
    upstreams: section('upstreams', schemas.upstreams),
    routes: routes(),
  };
  return { sections, findings: findings.flat() };
}

/** The file is not a map at all. */
export function wrongRoot({ value }: SourceNode): Finding {
  const is = Array.isArray(value) ? 'a list' : 'one piece of text';
  return valueError([], 'wrong-type', `the file is ${is}; it should be a map that begins with version: 1`);
}
