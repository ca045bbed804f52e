import type { Decision } from '../gateway/decide.ts';
import type { ShadowReport } from '../gateway/shadow.ts';
import type { Clock } from '../lib/clock.ts';
import { Throttle } from '../lib/throttle.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';

/** Of one route and kind of difference, a line tells as often as this; the metric counts all. */
const lineEveryMs = 1000;
/** Kinds of differences whose lines are held back by themselves; more begin anew. */
const kindsMax = 10_000;

/** Counts what shadows would have decided, and logs where that differs. */
export function reportShadows(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}): (report: ShadowReport, requestId: string) => void {
  const { clock, logger, metrics } = options;
  const throttles = new Map<string, Throttle>();
  const throttleOf = (kind: string): Throttle => {
    const known = throttles.get(kind);
    if (known !== undefined) return known;
    if (throttles.size >= kindsMax) throttles.clear();
    const made = new Throttle(clock, lineEveryMs);
    throttles.set(kind, made);
    return made;
  };
  return ({ by, route, result, request, real, shadow }, requestId) => {
    metrics.shadows.decided(by, route, result);
    if (result === 'same') return;
    const unsaid = throttleOf(`${by} ${route} ${result}`).take();
    if (unsaid === undefined) return;
    const { record } = real.record === undefined ? shadow : real;
    logger.info(
      {
        by,
        result,
        request_id: requestId,
        method: request.method,
        path: request.path.path,
        token_id: record?.id,
        subject: record?.owner.id,
        organization: record?.owner.organization.id,
        real: tell(real),
        shadow: tell(shadow),
        unsaid,
      },
      'a shadow decides differently',
    );
  };
}

function tell(decision: Decision): object {
  const { kind, route } = decision;
  if (kind === 'allowed') return { decision: kind, route: route?.name };
  const { code, missingScopes } = decision.problem;
  return { decision: kind, route: route?.name, code, missing_scopes: missingScopes };
}
