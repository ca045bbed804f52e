import * as z from 'zod';
import { parsePathPattern } from '../core/path-pattern.ts';
import { quote } from './config-problem.ts';
import type { FileNames, Names } from './file-names.ts';
import { exposeToBrowser } from './schema-browser.ts';
import { methodFault, scopesOfRoute } from './schema-access.ts';
import { headerChanges } from './schema-headers.ts';
import { rateLimit } from './schema-limits.ts';
import { host } from './schema-network.ts';
import { onStoreDown } from './schema-outage.ts';
import { duration, name, size, text, type Fault } from './schema-values.ts';

const second = 1000;
const hour = 3600 * second;
/** Timers of Node count at most 24.8 days; nobody waits that long. */
export const longestWait = 24 * hour;

/** `timeouts:` of an upstream or a route; what is left out falls back to the upstream's, then to the defaults. */
export const timeouts = z
  .strictObject({
    connect: duration('Until the connection to the upstream stands (2s).', { min: 1, max: 300 * second }).optional(),
    response: duration('Until the answer of the upstream begins (30s).', { min: 1, max: longestWait }).optional(),
    idle: duration(
      'The longest silence within a body or an event stream (60s); an open tunnel may be silent for longer.',
      {
        min: 1,
        max: longestWait,
      },
    ).optional(),
  })
  .meta({ description: 'How long to wait for the upstream.' });

export const maxBody = size(
  'The longest request body; `unlimited` for none.',
  { min: 0, max: Number.MAX_SAFE_INTEGER },
  true,
);

const pathHelp = 'segments are literals, :name or * (one segment), and ** as the last (the rest)';

function pathFault(value: string): Fault | undefined {
  if (value.startsWith('^') || value.endsWith('$') || value.includes('(')) {
    return { code: 'invalid-path', message: `${quote(value)} looks like a regular expression; ${pathHelp}` };
  }
  const outcome = parsePathPattern(value);
  return outcome.kind === 'wrong' ? { code: 'invalid-path', message: `${quote(value)}: ${outcome.detail}` } : undefined;
}

/** The gateway answers there itself (whoami, signing keys). */
const ownSegment = '.wayleave';

function matchFault(value: string): Fault | undefined {
  if (value.split('/')[1] !== ownSegment) return pathFault(value);
  return {
    code: 'reserved-name',
    message: `what is below "/${ownSegment}" is the gateway's own; no route is asked for it`,
  };
}

const path = text(
  {
    title: 'a path',
    description: `Which paths: ${pathHelp}.`,
    examples: ['/api/devices/**', '/api/reports/:id'],
    pattern: '^/',
  },
  matchFault,
);

const match = z
  .strictObject({
    path,
    hosts: z.array(host).min(1).optional().meta({
      description: 'Which hosts: exact names, or `*.` and a name. Without it: any host that no other route names.',
    }),
    methods: z
      .array(text({ title: 'a method', examples: ['GET'], pattern: '^[A-Z]' }, methodFault))
      .min(1)
      .optional()
      .meta({ description: 'Which methods. Without it: those that no other route of the same path names.' }),
  })
  .meta({
    description:
      'Which requests the route takes, such as { path: /api/** }. The most specific route wins, not the first.',
  });

/** An organisation by its id or slug. */
export const organization = text({ title: 'an organisation', pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$' }, (value) =>
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value)
    ? undefined
    : { code: 'invalid-name', message: `${quote(value)} is neither the id nor the slug of an organisation` },
);

function upstreamName(upstreams: Names) {
  return text(
    { title: 'the name of an upstream', description: 'Where the requests go: a name under `upstreams`.' },
    (value) => {
      if (upstreams.has(value)) return undefined;
      const hint = upstreams.hint(value);
      const form = /:\/\//.test(value)
        ? 'a route names an upstream; its address stands under upstreams:'
        : 'add it under upstreams:';
      const message = `there is no upstream ${quote(value)}${hint}`;
      return { code: 'unknown-upstream', message, ...(hint === '' && { fix: form }) };
    },
  );
}

const yes = (description: string) => z.literal(true).optional().meta({ title: 'true', description });
const flag = (description: string) => z.boolean().prefault(false).meta({ description });

const audience = text(
  {
    title: 'an audience',
    description: 'For whom assertions are signed (the claim `aud`), instead of the name of the upstream.',
    examples: ['https://inventory.internal'],
    pattern: '^[!-~]{1,200}$',
  },
  (value) =>
    /^[!-~]{1,200}$/.test(value)
      ? undefined
      : {
          code: 'invalid-value',
          message: `${quote(value)} is no audience: it takes 1 to 200 characters without spaces`,
        },
);

const assertion = z
  .strictObject({
    bind: z.literal('request').meta({
      title: 'request',
      description: 'Sign each request: its assertion is good for this method, path and query alone.',
    }),
  })
  .meta({ description: 'What assertions of this route say besides who the request counts as.' });

function routeKeys(names: FileNames) {
  return {
    name: name('a route name', 'Names the route in logs, metrics and answers.'),
    match,
    upstream: upstreamName(names.upstreams),
    scopes: scopesOfRoute(names).optional(),
    authenticated: yes('Any valid token passes.'),
    public: yes('Anybody passes: no credential is looked at and no identity is sent.'),
    kinds: z
      .array(z.enum(['human', 'service']))
      .min(1)
      .optional()
      .meta({ description: 'Only subjects of these kinds pass.' }),
    organizations: z
      .array(organization)
      .min(1)
      .optional()
      .meta({ description: 'Only these organisations pass: ids or slugs.' }),
    assumed: z
      .enum(['allow', 'read_only', 'deny'])
      .optional()
      .meta({ description: 'Whether assumed users pass; read_only: with safe methods alone, and without an upgrade.' }),
    strip_prefix: text(
      { title: 'a path', description: 'Cut off the path before forwarding.', examples: ['/api'], pattern: '^/' },
      (value) => pathFault(value),
    ).optional(),
    rewrite: text(
      {
        title: 'a path',
        description:
          "The path to forward instead: literals, the match's :names and, if the match has it, ** as the last.",
        examples: ['/v2/devices/**'],
        pattern: '^/',
      },
      pathFault,
    ).optional(),
    headers: headerChanges(names).optional(),
    timeouts: timeouts.optional(),
    max_body: maxBody.optional(),
    on_store_down: onStoreDown.optional(),
    rate_limit: rateLimit.optional(),
    expose_to_browser: exposeToBrowser.optional(),
    audience: audience.optional(),
    assertion: assertion.optional(),
    forward_token: flag('Leave the Authorization header in place for the upstream.'),
    allow_encoded_slashes: flag('Take %2F within a segment.'),
    allow_semicolons: flag('Take ; and %3B in the path.'),
    stream: flag(
      'Long-lived answers and uploads: silence of either side ends neither, and they are judged again at a reload.',
    ),
    shadow: flag(
      'Never serve: another route decides and serves, and what this one would have decided is counted and logged.',
    ),
  };
}

/** One entry of `routes:`. What concerns two of its keys at once is checked in route-rules.ts. */
export function routeSchema(names: FileNames) {
  return z.strictObject(routeKeys(names)).meta({
    description:
      'A route: which requests, who may pass (exactly one of scopes, authenticated and public), and where to.',
  });
}

export type RouteFile = z.output<ReturnType<typeof routeSchema>>;
