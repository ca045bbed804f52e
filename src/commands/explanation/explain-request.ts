import type { GatewayConfig } from '../../config/compiled.ts';
import { problemStatus, type Problem } from '../../core/problem.ts';
import type { Route } from '../../core/route.ts';
import { issuerOf } from '../../core/assertion.ts';
import { formatDuration } from '../../lib/units.ts';
import type { Authenticate } from '../../gateway/authenticate.ts';
import { decide } from '../../gateway/decide.ts';
import { answerOwn, isOwnPath } from '../../gateway/own-endpoints.ts';
import { createSanitizer, publicHostOf } from '../../gateway/runtime.ts';
import type { CleanRequest } from '../../gateway/sanitize.ts';
import { Trace, type TraceStep } from '../../gateway/trace.ts';
import { upstreamTarget } from '../../gateway/upstream-target.ts';

/** A request that nobody sent, to be decided as if somebody had. */
export interface Question {
  readonly method: string;
  /** Path and query, one character a byte. */
  readonly target: string;
  readonly host: string;
  /** The client's address; undefined: this machine's own. */
  readonly from?: string | undefined;
}

/** What the gateway would answer, and why. */
export interface Explanation {
  readonly question: Question;
  /** undefined: it would pass. */
  readonly refusal: { readonly problem: Problem; readonly status: number } | undefined;
  readonly route: Route | undefined;
  readonly steps: readonly TraceStep[];
}

/** Decides a request by the code that decides in the data plane, and keeps the steps. */
export async function explainRequest(
  config: GatewayConfig,
  question: Question,
  authenticate: Authenticate,
): Promise<Explanation> {
  const trace = new Trace();
  const { method, target, host } = question;
  const head = { method, target, httpVersion: '1.1', rawHeaders: ['Host', host] };
  const clean = createSanitizer(config).sanitize(head);
  if (clean.kind === 'refused') {
    trace.decide('path', clean.problem.detail);
    return explanation(question, trace, undefined, clean.problem);
  }
  if (isOwnPath(clean.request, publicHostOf(config))) return explainOwn(question, clean.request, authenticate, trace);
  const decision = await decide(clean.request, { config, authenticate }, question.from ?? '127.0.0.1', trace);
  if (decision.kind === 'denied') return explanation(question, trace, decision.route, decision.problem);
  const upstream = config.upstreams.get(decision.route.upstream);
  const goesTo = `${method} ${upstreamTarget(clean.request.path, decision.route)}`;
  trace.note(
    'upstream',
    `"${decision.route.upstream}" gets ${goesTo}  at ${upstream?.targets.join(', ') ?? 'no target'}`,
  );
  if (config.assertion.enabled && decision.principal !== undefined) {
    trace.note('assertion', assertionText(config, decision.route));
  }
  return explanation(question, trace, decision.route, undefined);
}

function assertionText({ publicUrl, assertion }: GatewayConfig, { audience, assertionBinding }: Route): string {
  const scope = assertionBinding === 'request' ? ', for this method, path and query alone' : '';
  return `X-Auth-Assertion by ${issuerOf(publicUrl)} for "${audience}", valid for ${formatDuration(assertion.lifetimeMs)}${scope}`;
}

async function explainOwn(
  question: Question,
  request: CleanRequest,
  authenticate: Authenticate,
  trace: Trace,
): Promise<Explanation> {
  const answer = await answerOwn(
    request,
    { authenticate, keySet: () => ({ text: '', etag: '' }) },
    question.from ?? '127.0.0.1',
  );
  const text = `${question.method} ${request.path.path}  the gateway answers this path itself and never routes it`;
  trace.note('match', text);
  if (answer.kind !== 'problem') return explanation(question, trace, undefined, undefined);
  trace.decide('access', answer.problem.detail);
  return explanation(question, trace, undefined, answer.problem);
}

function explanation(
  question: Question,
  trace: Trace,
  route: Route | undefined,
  problem: Problem | undefined,
): Explanation {
  const refusal = problem && { problem, status: problemStatus(problem) };
  return { question, refusal, route, steps: trace.steps };
}
