import type { Context, TypedResponse } from 'hono';
import {
  problemDocument,
  problemHeaders,
  problemStatus,
  type problemCatalogue,
  type Problem,
  type ProblemCode,
} from '../../core/problem.ts';
import type { AdminEnv } from '../context.ts';
import type { ProblemBody } from './problem-schema.ts';

/** A refusal whose code the type knows, so that no call can answer a status that its documentation does not list. */
export type Refusal<Code extends ProblemCode> = Problem & { readonly code: Code };

type StatusOf<Code extends ProblemCode> = (typeof problemCatalogue)[Code][0];

/** The answer to a refusal. */
export type Refused<Code extends ProblemCode> = Response & TypedResponse<ProblemBody, StatusOf<Code>, 'json'>;

/** Answers a problem document (RFC 9457) with its headers, and keeps the problem for the log. */
export function refuse<Code extends ProblemCode>(c: Context<AdminEnv>, problem: Refusal<Code>): Refused<Code> {
  c.set('problem', problem);
  const context = { requestId: c.var.requestId, instance: new URL(c.req.url).pathname };
  const realm = c.var.deps.currentConfig().publicUrl ?? 'wayleave';
  const init = { status: problemStatus(problem), headers: problemHeaders(problem, realm) };
  return new Response(JSON.stringify(problemDocument(problem, context)), init) as Refused<Code>;
}

/** The refusal for what does not exist, and for what belongs to another organisation. */
export function notFound(what: string, reference: string): Refusal<'not_found'> {
  return { code: 'not_found', detail: `There is no ${what} ${JSON.stringify(reference)} that this token may see.` };
}
