import { describeRateLimit } from '../core/rate-limit.ts';
import type { Allowed, Decision } from '../gateway/decide.ts';
import type { PastDecision } from '../gateway/decision-ring.ts';
import type { Trace } from '../gateway/trace.ts';

/** Writes down the rate limit of a request that nobody sent. */
export function explainLimit({ route: { rateLimit } }: Allowed, trace: Trace): void {
  if (rateLimit !== undefined) trace.note('limit', `${describeRateLimit(rateLimit)}; not counted here`);
}

/** Writes down what was counted of a request, which may have been refused for it although it was let through before. */
export function explainCounted(decision: Decision, { problem, remaining }: PastDecision, trace: Trace): Decision {
  if (decision.kind === 'denied' || decision.route.rateLimit === undefined) return decision;
  const { route, record, found } = decision;
  const rule = describeRateLimit(decision.route.rateLimit);
  if (problem?.code === 'rate_limited') {
    trace.decide('limit', problem.detail);
    return { kind: 'denied', problem: { code: 'rate_limited', detail: problem.detail }, route, record, found };
  }
  if (remaining !== undefined)
    trace.note('limit', `${rule}; counted: after this one, ${remaining} more could pass at once`);
  return decision;
}
