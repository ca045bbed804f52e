import * as z from 'zod';
import { isTokenPrefix } from '../core/token.ts';
import { builtInProject } from '../core/scope.ts';
import { quote } from './config-problem.ts';
import type { FileNames } from './file-names.ts';
import { catalogueScope, roleScope } from './schema-access.ts';
import { assume } from './schema-assume.ts';
import { identity } from './schema-headers.ts';
import { health } from './schema-health.ts';
import { cidr, listener, publicUrl, target } from './schema-network.ts';
import { staleBounds } from './schema-outage.ts';
import { redis } from './schema-redis.ts';
import { longestWait, maxBody, routeSchema, timeouts } from './schema-routes.ts';
import { webhooks } from './schema-webhooks.ts';
import { count, duration, name, size, text, words } from './schema-values.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const version = z.literal(1).meta({ title: 'the version', description: 'The version of this file format.' });

const listen = z
  .strictObject({
    proxy: listener('Where clients send their requests.').prefault('0.0.0.0:8080'),
    admin: listener('The admin API and the console.').prefault('127.0.0.1:8081'),
    ops: listener('Health and metrics alone. Without it they are on admin.').optional(),
  })
  .meta({
    description:
      'Addresses to listen on, such as { proxy: 0.0.0.0:8080 }; each is host:port, or { address, tls: { cert, key } }.',
  });

const trustedProxies = z.array(cidr).meta({
  description: 'Address blocks whose X-Forwarded-* headers are believed. An address alone stands for itself.',
});

const postgres = text(
  {
    title: 'the URL of a Postgres database',
    description: 'Where tokens and users are kept. Empty: the embedded store, in data_dir.',
    examples: ['${DATABASE_URL:-}'],
    pattern: '^(postgres(ql)?://\\S+)?$',
  },
  (value) =>
    value === '' || /^postgres(?:ql)?:\/\/[^\s/]\S*$/.test(value) || /^postgres(?:ql)?:\/\/\/\S+$/.test(value)
      ? undefined
      : {
          code: 'invalid-url',
          message: 'this is not the URL of a Postgres database; write postgres://user:password@host:5432/name',
        },
);

const store = z
  .strictObject({
    postgres: postgres.prefault(''),
    redis: redis.prefault(''),
    data_dir: words('a path', "The embedded store's folder, relative to the folder of gateway.yaml.").prefault(
      './data',
    ),
  })
  .meta({ description: 'Where Wayleave keeps its data.' });

const revocation = 'a change that a node misses must not stay unseen for longer';

const cache = z
  .strictObject({
    entries: count('How many token records are kept in memory.', { min: 1, max: 10_000_000 }).prefault(100_000),
    ttl: duration('How long a record is served before it is looked up again.', {
      min: 1,
      max: 5 * minute,
      because: revocation,
    }).prefault('30s'),
    negative_ttl: duration('How long "there is no such token" is remembered.', {
      min: 1,
      max: minute,
      because: revocation,
    }).prefault('5s'),
    stale_for: duration(
      'How long past ttl a known token is served when no store answers; 0s for not at all. A route may say otherwise.',
      staleBounds,
    ).prefault('60s'),
  })
  .meta({ description: 'The memory of token records on each node.' });

const prefix = text({ title: 'a token prefix', pattern: '^[a-z][a-z0-9]{0,15}$' }, (value) =>
  isTokenPrefix(value)
    ? undefined
    : { code: 'invalid-name', message: `${quote(value)} is not a token prefix: 1 to 16 of a-z 0-9, a letter first` },
);

const tokens = z
  .strictObject({
    prefix: prefix.prefault('wl').meta({ description: 'How new tokens begin.' }),
    accept_prefixes: z.array(prefix).prefault([]).meta({ description: 'Older prefixes that are still taken.' }),
    default_lifetime: duration('How long a token lives unless told otherwise.', {
      min: minute,
      max: 3660 * day,
    }).prefault('90d'),
    max_lifetime: duration(
      'The longest that a token lives, counted from its making or its last rotation; also for those that are there already. none: tokens without end may be made.',
      { min: minute, max: 3660 * day },
      true,
    ).prefault('366d'),
  })
  .meta({ description: 'What tokens look like and how long they live.' });

const audit = z
  .strictObject({
    retention: duration(
      'How long rows of the audit log are kept. none: for ever.',
      { min: day, max: 3660 * day, because: 'what was done must be there to be looked at' },
      true,
    ).prefault('400d'),
  })
  .meta({ description: 'The record of who changed what.' });

const accessLog = z
  .strictObject({
    one_success_in: count(
      'Of requests that were let through and answered without an error, one in so many gets its line; refusals and errors all do.',
      { min: 1, max: 1_000_000 },
    ).prefault(1),
  })
  .meta({
    description: 'The lines about requests. What is counted, by metrics and usage, is counted without sampling.',
  });

const limits = z
  .strictObject({
    header_timeout: duration("Until a request's header is complete.", { min: 1, max: 10 * minute }).prefault('10s'),
    body_idle_timeout: duration('The longest silence within a request body.', { min: 1, max: longestWait }).prefault(
      '10s',
    ),
    keep_alive: duration('How long an idle connection of a client stays open.', { min: 1, max: longestWait }).prefault(
      '65s',
    ),
    header_fields: count('The most header fields of a request.', { min: 8, max: 1000 }).prefault(100),
    header_bytes: size('The largest request header.', { min: 1024, max: 1024 ** 2 }).prefault('16KiB'),
    target_bytes: size('The longest path with its query.', { min: 64, max: 1024 ** 2 }).prefault('8KiB'),
    max_body: maxBody.prefault('10MiB'),
    connections: count('The most connections of clients at a time.', { min: 1, max: 1_000_000 }).prefault(10_000),
    drain: duration('How long a stop waits for requests under way.', { min: 0, max: hour }).prefault('30s'),
  })
  .meta({ description: 'Bounds on what clients may send.' });

const scopes = z.record(catalogueScope, words('a description', 'What the scope permits, for people.')).meta({
  description:
    'The catalogue: every scope there is, with a description, such as { device:read: Read devices }. `wayleave:` is reserved.',
  examples: [{ 'device:read': 'Read devices' }],
});

const projectId = text({ title: 'a project id', pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' }, (value) => {
  if (value === builtInProject) {
    return { code: 'reserved-name', message: `the project "${value}" is built in; take another name` };
  }
  const outcome = name('a project id', '').safeParse(value);
  return outcome.success ? undefined : { code: 'invalid-name', message: outcome.error.issues[0]?.message ?? '' };
});

function projects(names: FileNames) {
  const roles = z.record(name('a role', ''), z.array(roleScope(names)).min(1)).meta({
    description: 'Roles, each with the scopes it gives. `device:*` gives every scope that begins with device:',
    examples: [{ viewer: ['device:read'] }],
  });
  const project = z.strictObject({ name: words('a name', 'What people call the project.'), roles });
  return z
    .record(projectId, project)
    .meta({ description: 'Projects and their roles. Who holds which role is kept in the store.' });
}

const upstream = z.strictObject({
  targets: z
    .array(target)
    .min(1)
    .meta({ description: 'Addresses that serve the same, taken in turn, such as [ "http://127.0.0.1:9000" ].' }),
  balance: z.enum(['round_robin', 'least_connections']).prefault('round_robin').meta({
    description:
      'Which target gets a request: each in turn, or the one with the fewest requests and tunnels of this node under way.',
  }),
  health: health.optional(),
  timeouts: timeouts.optional(),
  max_connections: count(
    'How many requests and tunnels of this node may be under way to one target at a time; more are refused.',
    { min: 1, max: 65_535 },
  ).prefault(1024),
  path_case: z.enum(['sensitive', 'insensitive']).prefault('sensitive').meta({
    description:
      'insensitive: the upstream reads /a and /A alike, so literals of the routes to it match in any case. The path goes on as it came.',
  }),
});

/** Every section of gateway.yaml, for the names that a file defines. */
export function sectionSchemas(names: FileNames) {
  return {
    version,
    public_url: publicUrl.optional(),
    listen: listen.prefault({}),
    trusted_proxies: trustedProxies.prefault([]),
    store: store.prefault({}),
    cache: cache.prefault({}),
    tokens: tokens.prefault({}),
    assume: assume.prefault({}),
    audit: audit.prefault({}),
    access_log: accessLog.prefault({}),
    limits: limits.prefault({}),
    scopes: scopes.prefault({}),
    projects: projects(names).prefault({}),
    identity: identity.prefault({}),
    webhooks: webhooks.prefault([]),
    upstreams: z
      .record(name('an upstream name', ''), upstream)
      .meta({ description: 'The services behind the gateway, by name.' }),
    routes: z.array(routeSchema(names)).min(1).meta({ description: 'Which requests go where, and who may pass.' }),
  };
}
