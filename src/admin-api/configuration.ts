import { createRoute, z, type RouteHandler } from '@hono/zod-openapi';
import { unreachable } from '../lib/assert.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import { parseDuration } from '../lib/units.ts';
import type { AdminApp, AdminDeps, AdminEnv } from './context.ts';
import { lookBack } from './decisions.ts';
import { needs } from './guard.ts';
import { answer, bodyRefusals, noQuery, refusal409, refusal422, refusals, security } from './http/documentation.ts';
import { optionalJsonBody } from './http/json-body.ts';
import { refuse, type Refusal } from './http/problem-response.ts';
import type { ConfigurationInForce, FileProblem } from './ports/configuration.ts';

const causes = ['start', 'file', 'signal', 'api'] as const;
const needsRestart = z
  .array(z.string())
  .openapi({ description: 'Keys whose new values in the file wait for a restart of this node' });

const configurationView = z
  .object({
    node: z.string().openapi({ description: 'Each node has its own; `GET /nodes` tells the revision of each' }),
    revision: z.string(),
    file: z.string(),
    text: z.string().openapi({
      description:
        'The file that is in force, line for line. Values from the environment stay the `${NAME}` that is written, and ' +
        'what looks like a secret that somebody wrote out is redacted.',
    }),
    variables: z.array(z.string()).openapi({ description: 'Variables of the environment that it uses' }),
    loaded_at: z.iso.datetime(),
    loaded_by: z.enum(causes),
    needs_restart: needsRestart,
    last_attempt: z.object({
      at: z.iso.datetime(),
      by: z.enum(causes),
      failure: z.string().nullable().openapi({ description: 'Why the file was not taken; null when it was' }),
    }),
  })
  .openapi('Configuration');

const reloadView = z
  .object({
    node: z.string(),
    revision: z.string().openapi({ description: 'In force from now on' }),
    previous_revision: z.string(),
    changed: z.boolean().openapi({ description: 'false: the file says what was in force already' }),
    needs_restart: needsRestart,
    warnings: z.array(z.string()),
  })
  .openapi('Reload');

const reloadRequest = z
  .strictObject({
    max_flips: z.int().min(0).optional().openapi({
      description: 'Reload only if at most so many of the requests of `replay` would come out otherwise',
    }),
    replay: lookBack.optional().openapi({ description: 'How far back to look for them; 24h unless told' }),
  })
  .refine(({ max_flips: most, replay }) => most !== undefined || replay === undefined, {
    path: ['replay'],
    message: 'says how far back max_flips looks, which is missing',
  });

const tags = ['Configuration'];
const platform = needs('wayleave:platform');

const readCall = createRoute({
  method: 'get',
  path: '/api/v1/config',
  tags,
  security,
  summary: 'Show the gateway.yaml that this node runs by',
  description: 'Needs `wayleave:platform`.',
  middleware: [platform] as const,
  request: { query: noQuery },
  responses: { 200: answer('The configuration in force', configurationView), ...refusals },
});

const reloadCall = createRoute({
  method: 'post',
  path: '/api/v1/config/reload',
  tags,
  security,
  summary: 'Read gateway.yaml again and put it into force',
  description:
    'Needs `wayleave:platform`. It concerns the node that is asked alone. A file that is not valid changes nothing. ' +
    'Plain requests under way finish under the revision that they began with; upgrades and streams are judged again.',
  middleware: [platform, optionalJsonBody] as const,
  request: { query: noQuery, body: { required: false, content: { 'application/json': { schema: reloadRequest } } } },
  responses: {
    200: answer('What is in force now', reloadView),
    ...bodyRefusals,
    ...refusals,
    ...refusal409,
    ...refusal422,
  },
});

export function addConfigurationCalls(app: AdminApp): void {
  app.openapi(readCall, read);
  app.openapi(reloadCall, reload);
}

const read: RouteHandler<typeof readCall, AdminEnv> = (c) => {
  const { configuration, live } = c.var.deps;
  return c.json(present(configuration.inForce(), live.node), 200);
};

const reload: RouteHandler<typeof reloadCall, AdminEnv> = async (c) => {
  const { deps, stores } = c.var;
  const { max_flips: most, replay = '24h' } = c.req.valid('json') ?? {};
  const outcome = await deps.configuration.reload({
    cause: 'api',
    record: (event) => stores.reloads.write(event),
    ...(most !== undefined && { examine: (next) => tooManyFlips(next, most, { replay, deps }) }),
  });
  switch (outcome.kind) {
    case 'reloaded':
    case 'unchanged':
      return c.json(
        {
          node: deps.live.node,
          revision: outcome.revision,
          previous_revision: outcome.previousRevision,
          changed: outcome.kind === 'reloaded',
          needs_restart: [...outcome.needsRestart],
          warnings: outcome.warnings.map(describe),
        },
        200,
      );
    case 'invalid':
      return refuse(c, invalidFile(outcome.problems, deps.currentConfig().revision));
    case 'declined':
      return refuse(c, { code: 'conflict', detail: outcome.reason });
    default:
      return unreachable(outcome);
  }
};

/** Says what would come out otherwise when that is more than whoever reloads wants; undefined: it is not. */
async function tooManyFlips(
  next: GatewayConfig,
  most: number,
  { replay, deps }: { readonly replay: string; readonly deps: AdminDeps },
): Promise<string | undefined> {
  const fromMs = deps.clock.now() - (parseDuration(replay) ?? 0);
  const { requests, examples } = await deps.replays.countFlips(next, fromMs);
  if (requests <= most) return undefined;
  return (
    `${requests} of the requests of the last ${replay} would come out otherwise, and at most ${most} may: ` +
    `${examples.join('; ')}. "wayleave diff --replay ${replay}" lists them all; the file that was in force stays`
  );
}

const errorsMax = 100;

function invalidFile(problems: readonly FileProblem[], revision: string): Refusal<'config_invalid'> {
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return {
    code: 'config_invalid',
    detail:
      `The file has ${count}; revision ${revision} stays in force. ` +
      'What stands in a wrong file is not told here: "wayleave validate" shows it to who has the file.',
    errors: problems.slice(0, errorsMax).map((problem) => ({ pointer: problem.path, detail: describe(problem) })),
  };
}

/** Without the picture of the line, in which a secret may stand. */
function describe({ file, line, column, code, message, fix }: FileProblem): string {
  return `${file}:${line}:${column} ${code}: ${message}${fix === undefined ? '' : `; fix: ${fix}`}`;
}

function present(inForce: ConfigurationInForce, node: string): z.infer<typeof configurationView> {
  const { config, text, variables, lastAttempt } = inForce;
  return {
    node,
    revision: config.revision,
    file: config.file,
    text,
    variables: [...variables],
    loaded_at: new Date(inForce.sinceMs).toISOString(),
    loaded_by: inForce.cause,
    needs_restart: [...inForce.needsRestart],
    last_attempt: {
      at: new Date(lastAttempt.atMs).toISOString(),
      by: lastAttempt.cause,
      failure: lastAttempt.failure ?? null,
    },
  };
}
