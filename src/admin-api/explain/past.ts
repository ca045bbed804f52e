import type { z } from '@hono/zod-openapi';
import { isPlatformCaller, type Caller } from '../caller.ts';
import type { AdminDeps } from '../context.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import type { NodeMemory } from '../ports/explanations.ts';
import type { explainInput, explanationView } from './schema.ts';

type Past =
  | { readonly kind: 'found'; readonly document: z.infer<typeof explanationView> }
  | { readonly kind: 'refused'; readonly problem: Refusal<'validation_failed' | 'not_found' | 'rate_limited'> };

/** Explains the request whose id was given; undefined: none was. */
export async function explainPast(
  { request_id: requestId, ...others }: z.infer<typeof explainInput>,
  caller: Caller,
  { explanations }: AdminDeps,
): Promise<Past | undefined> {
  if (requestId === undefined) return undefined;
  const [other] = Object.keys(others);
  if (other !== undefined) return refused(invalidField(`/${other}`, 'excludes "request_id"'));
  const { id: userId, organization } = caller.subject;
  const organizationId = isPlatformCaller(caller) ? undefined : organization.id;
  const past = await explanations.ofRequest(requestId, { userId, organizationId });
  switch (past.kind) {
    case 'found':
      return { kind: 'found', document: past.document };
    case 'unknown':
      return refused({ code: 'not_found', detail: unknownText(requestId, past.nodes) });
    case 'busy':
      return refused(busy);
  }
}

const busy: Refusal<'rate_limited'> = {
  code: 'rate_limited',
  detail: 'Other nodes are being asked about requests already; ask again when that is answered.',
  retryAfterSeconds: 2,
};

/** Says how far back the nodes remember, so that nobody looks on where nothing can be. */
function unknownText(requestId: string, nodes: readonly NodeMemory[]): string {
  return `No node remembers a request ${requestId} by a token that you may see. ${nodes.map(memoryText).join('; ')}.`;
}

function memoryText({ node, memory }: NodeMemory): string {
  if (memory === undefined) return `${node} did not answer`;
  const { decisions, refusalsSinceMs } = memory;
  const since =
    refusalsSinceMs === undefined ? 'no refusal yet' : `refusals since ${new Date(refusalsSinceMs).toISOString()}`;
  return `${node} remembers ${decisions} requests, ${since}`;
}

function refused(problem: (Past & { kind: 'refused' })['problem']): Past {
  return { kind: 'refused', problem };
}
