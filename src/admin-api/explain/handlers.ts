import { createRoute, type RouteHandler, type z } from '@hono/zod-openapi';
import { hasAny, maySeeOrganization } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { lacking } from '../guard.ts';
import {
  answer,
  body,
  bodyRefusals,
  noQuery,
  refusal404,
  refusal429,
  refusals,
  security,
} from '../http/documentation.ts';
import { jsonBody } from '../http/json-body.ts';
import { notFound, refuse, type Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import type { Asked } from '../ports/explanations.ts';
import type { Caller } from '../caller.ts';
import { readUserRecord } from '../read-user.ts';
import { unknownScopeProblem } from '../tokens/scope-rules.ts';
import { explainPast } from './past.ts';
import { explainInput, explanationView } from './schema.ts';

const explainCall = createRoute({
  method: 'post',
  path: '/api/v1/explain',
  tags: ['Routes'],
  security,
  summary: 'Say what the gateway would answer to a request, and why',
  description:
    'Open to any token. It is decided by the code that decides in the data plane, by the configuration in force on ' +
    'this node, and nothing is sent anywhere. `token` may be one of the own organisation; `user_id` is oneself or, ' +
    'with `wayleave:org:read`, anybody of the organisation. By `request_id`, every node is asked what it remembers of ' +
    'requests by tokens of the own organisation.',
  middleware: [jsonBody] as const,
  request: { query: noQuery, body: body(explainInput) },
  responses: {
    200: answer('The decision, step by step', explanationView),
    ...refusals,
    ...refusal404,
    ...refusal429,
    ...bodyRefusals,
  },
});

export function addExplainCall(app: AdminApp): void {
  app.openapi(explainCall, explain);
}

const explain: RouteHandler<typeof explainCall, AdminEnv> = async (c) => {
  const { caller, deps } = c.var;
  const input = c.req.valid('json');
  const past = await explainPast(input, caller, deps);
  if (past?.kind === 'refused') return refuse(c, past.problem);
  if (past !== undefined) return c.json(past.document, 200);
  const asked = await whoIsMeant(input, caller, deps);
  if (asked.kind === 'refused') return refuse(c, asked.problem);
  const { method, path, host, from } = input;
  if (method === undefined) return refuse(c, invalidField('/method', 'is missing'));
  if (path === undefined) return refuse(c, invalidField('/path', 'is missing'));
  const { document, organizationId } = await deps.explanations.explain({ method, path, host, from, as: asked.as });
  if (organizationId !== undefined && asked.as.kind === 'token' && !maySeeOrganization(caller, organizationId)) {
    return refuse(c, foreignToken);
  }
  return c.json(document, 200);
};

/** Whoever has the token can try it out, so that it exists is no secret; what it may do is its organisation's business. */
const foreignToken: Refusal<'not_found'> = {
  code: 'not_found',
  detail: 'The token in "token" is of another organisation, and so is its explanation.',
};

type Meant =
  | { readonly kind: 'as'; readonly as: Asked }
  | {
      readonly kind: 'refused';
      readonly problem: Refusal<'validation_failed' | 'unknown_scope' | 'not_found' | 'insufficient_scope'>;
    };

async function whoIsMeant(input: z.infer<typeof explainInput>, caller: Caller, deps: AdminDeps): Promise<Meant> {
  const { token, user_id: userId, scopes, kind, organization } = input;
  const clash = clashOf(input);
  if (clash !== undefined) return refused(invalidField(clash.pointer, clash.detail));
  const unknown = scopes && unknownScopeProblem(scopes, deps.currentConfig().scopes);
  if (unknown !== undefined) return refused(unknown);
  if (token !== undefined) return { kind: 'as', as: { kind: 'token', text: token } };
  if (userId !== undefined) return realUser(userId, scopes, caller, deps);
  if (scopes === undefined) return { kind: 'as', as: { kind: 'nobody' } };
  const asked = { scopes, userKind: kind ?? 'human', organization: organization ?? 'hypothetical' } as const;
  return { kind: 'as', as: { kind: 'scopes', ...asked } };
}

/** A token, a real user and an imagined one exclude each other. */
function clashOf(input: z.infer<typeof explainInput>): { pointer: string; detail: string } | undefined {
  const { token, user_id: userId, scopes, kind, organization } = input;
  if (token !== undefined && userId !== undefined) return { pointer: '/user_id', detail: 'excludes "token"' };
  if (token !== undefined && scopes !== undefined) return { pointer: '/scopes', detail: 'excludes "token"' };
  const isImagined = userId === undefined && scopes !== undefined;
  const detail = 'describes the user of "scopes", and needs that without "user_id" and "token"';
  if (kind !== undefined && !isImagined) return { pointer: '/kind', detail };
  if (organization !== undefined && !isImagined) return { pointer: '/organization', detail };
  return undefined;
}

async function realUser(
  userId: string,
  scopes: readonly string[] | undefined,
  caller: Caller,
  { stores }: AdminDeps,
): Promise<Meant> {
  const isSelf = userId === caller.subject.id;
  const user = isSelf ? caller.subject : await readUserRecord(stores, userId);
  if (user === undefined || !maySeeOrganization(caller, user.organization.id)) return refused(notFound('user', userId));
  if (!isSelf && !hasAny(caller, ['wayleave:org:read'])) return refused(lacking(['wayleave:org:read']));
  return { kind: 'as', as: { kind: 'user', user, scopes } };
}

function refused(problem: (Meant & { kind: 'refused' })['problem']): Meant {
  return { kind: 'refused', problem };
}
