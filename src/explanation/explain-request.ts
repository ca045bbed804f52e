import { problemStatus, type Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authenticate } from '../gateway/authenticate.ts';
import { decide, type Decision } from '../gateway/decide.ts';
import { isOwnPath } from '../gateway/own-endpoints.ts';
import { createSanitizer, publicHostOf } from '../gateway/runtime.ts';
import type { CleanRequest } from '../gateway/sanitize.ts';
import { Trace, type TraceStep } from '../gateway/trace.ts';
import { explainOwn, type OwnExplanation } from './explain-own.ts';
import { explainLimit } from './explain-limit.ts';
import { explainPassing, type PassingRules } from './explain-passing.ts';
import type { AgeInWords } from './knowledge-age.ts';

/** A request that nobody sent, to be decided as if somebody had. */
export interface Question {
  readonly method: string;
  /** Path and query, one character a byte. */
  readonly target: string;
  readonly host: string;
  /** The client's address; undefined: this machine's own. */
  readonly from?: string | undefined;
  /** The text of a token that is sent with it. */
  readonly token?: string | undefined;
}

/** What the gateway would answer, and why. */
export interface Explanation {
  readonly question: Question;
  /** undefined: it would pass. */
  readonly refusal: { readonly problem: Problem; readonly status: number } | undefined;
  readonly route: Route | undefined;
  readonly steps: readonly TraceStep[];
  /** Whose token was sent, where that is known. */
  readonly record: TokenRecord | undefined;
}

/** What a question is decided by: the parts of a running gateway, or the like of them. */
export interface ExplainRules extends PassingRules {
  readonly authenticate: Authenticate;
  /** How old the record of a token is; without it nothing is said of that. */
  readonly ageOf?: AgeInWords;
}

/** Decides a request by the code that decides in the data plane, and keeps the steps. */
export async function explainRequest(rules: ExplainRules, question: Question): Promise<Explanation> {
  const { config, authenticate } = rules;
  const trace = new Trace(rules.ageOf);
  const { method, target, host, token } = question;
  const rawHeaders = ['Host', host, ...(token === undefined ? [] : ['Authorization', `Bearer ${token}`])];
  const clean = createSanitizer(config).sanitize({ method, target, httpVersion: '1.1', rawHeaders });
  if (clean.kind === 'refused') {
    trace.decide('path', clean.problem.detail);
    return explained(question, trace, { problem: clean.problem });
  }
  const { request } = clean;
  trace.note('path', canonicalText(request, target));
  const address = question.from ?? '127.0.0.1';
  if (isOwnPath(request, publicHostOf(config))) {
    return explained(question, trace, await explainOwn(request, authenticate, address, trace));
  }
  const decision = await decide(request, { config, authenticate }, address, trace);
  if (decision.kind === 'allowed') {
    explainLimit(decision, trace);
    explainPassing(request, decision, rules, trace);
  }
  return explained(question, trace, { decision });
}

function canonicalText({ path }: CleanRequest, target: string): string {
  const [sent = ''] = target.split('?', 1);
  return sent === path.path ? `${path.path}  as it was sent` : `${path.path}  made canonical from ${sent}`;
}

function explained(
  question: Question,
  trace: Trace,
  { decision, problem, record = decision?.record }: Partial<OwnExplanation> & { readonly decision?: Decision },
): Explanation {
  const refused = decision?.kind === 'denied' ? decision.problem : problem;
  const refusal = refused && { problem: refused, status: problemStatus(refused) };
  return { question, refusal, route: decision?.route, steps: trace.steps, record };
}
