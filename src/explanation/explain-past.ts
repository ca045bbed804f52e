import type { GatewayConfig } from '../config/compiled.ts';
import type { ExplanationDocument } from '../core/explanation.ts';
import type { PastDecision } from '../gateway/decision-ring.ts';
import { Trace } from '../gateway/trace.ts';
import { decideAgain } from './decide-again.ts';
import type { Explanation, Question } from './explain-request.ts';
import { explanationDocument, maskedSteps } from './explanation-document.ts';

/**
 * Explains a decision of the past: it is made again, by the same code, of what it was made of then. Where that is not
 * kept any more, what was written down at the time is all that there is.
 * @param node what people know this node by
 */
export async function explainPast(past: PastDecision, node: string): Promise<ExplanationDocument> {
  const { config, problem, status } = past;
  const document = config === undefined ? bareDocument(past) : await remadeDocument(past, config);
  return {
    ...document,
    decision: isRefusal(past) ? 'deny' : 'allow',
    status,
    code: problem?.code ?? null,
    detail: problem?.detail ?? null,
    past: {
      request_id: past.requestId,
      at: new Date(past.at).toISOString(),
      node,
      duration_ms: Math.round(past.durationMs * 1000) / 1000,
    },
  };
}

function isRefusal({ outcome, problem }: PastDecision): boolean {
  return outcome === 'denied' || (outcome === 'undecided' && problem !== undefined);
}

async function remadeDocument(past: PastDecision, config: GatewayConfig): Promise<ExplanationDocument> {
  const again = past.outcome === 'undecided' || isPreflight(past) ? undefined : await decideAgain(past, config);
  if (again === undefined) return { ...bareDocument(past), file: config.file };
  const { trace, decision } = again;
  trace.note('answer', answerText(past));
  const explanation: Explanation = {
    question: questionOf(past),
    refusal: decision.kind === 'denied' ? { problem: decision.problem, status: past.status } : undefined,
    route: decision.route,
    steps: trace.steps,
    record: past.record,
  };
  return explanationDocument(explanation, config);
}

/** No header is kept, so what a browser asked about is not known any more. */
function isPreflight({ method, outcome, problem, upstreamMs }: PastDecision): boolean {
  return method === 'OPTIONS' && outcome === 'allowed' && problem === undefined && upstreamMs === undefined;
}

function questionOf({ method, path, host, address }: PastDecision): Question {
  return { method, target: path, host, from: address };
}

/** What is left when the decision cannot be made again. */
function bareDocument(past: PastDecision): ExplanationDocument {
  const { method, path, host, address, problem, route } = past;
  const trace = new Trace();
  const what = `${method} ${path}`;
  if (route !== undefined) trace.note('match', `${what}  ->  route "${route}"`);
  else if (problem === undefined) trace.note('match', `${what}  the gateway answered this path itself`);
  if (problem !== undefined && isRefusal(past)) {
    trace.decide(past.record === undefined ? 'path' : 'access', problem.detail, tokenLines(past));
  }
  trace.note('answer', answerText(past));
  return {
    decision: 'deny',
    request: { method, path, host, from: address },
    status: null,
    code: null,
    detail: null,
    missing_scopes: [],
    route: null,
    steps: maskedSteps(trace.steps),
    fix: null,
    file: 'gateway.yaml',
    revision: past.revision,
  };
}

function tokenLines({ record }: PastDecision): string[] {
  if (record === undefined) return [];
  return [`token ${record.id} of ${record.owner.username}, organisation ${record.owner.organization.slug}`];
}

/** What nginx made usual for a client that left before it was answered. */
const clientLeftStatus = 499;

function answerText({ status, problem, upstreamMs, durationMs, outcome }: PastDecision): string {
  const inAll = `${milliseconds(durationMs)} in all`;
  if (problem !== undefined) return `the gateway answered ${status} ${problem.code}, ${inAll}: ${problem.detail}`;
  if (status === clientLeftStatus) return `the client left before it was answered, ${inAll}`;
  if (outcome === 'undecided' || upstreamMs === undefined) return `the gateway answered ${status}, ${inAll}`;
  return `the upstream answered ${status} after ${milliseconds(upstreamMs)}, ${inAll}`;
}

function milliseconds(time: number): string {
  return `${time.toFixed(1)} ms`;
}
