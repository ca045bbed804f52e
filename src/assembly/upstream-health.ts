import type { Clock } from '../lib/clock.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { HealthChecks } from '../upstreams/health-checks.ts';
import type { TargetHealth } from '../upstreams/target-health.ts';

export interface UpstreamHealth {
  readonly checks: HealthChecks;
  /** For `/readyz?verbose`. */
  readonly note: StatusNote;
}

/** `/readyz?verbose` names no more targets than this. */
const namedMax = 20;

/** Checks the targets of upstreams, and tells of what becomes of them. */
export function watchHealth(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}): UpstreamHealth {
  const { clock, logger, metrics } = options;
  const checks = new HealthChecks(clock, ({ upstream, origin, isHealthy, failure }) => {
    const target = { upstream, target: origin };
    if (isHealthy) logger.info(target, 'a target is healthy again and in turn');
    else logger.warn({ ...target, ...failure }, 'a target is out of turn: its health checks fail');
  });
  metrics.upstreamHealth.watch(() => checks.targets);
  return { checks, note: { name: 'upstreams', report: () => reportOf(checks.targets) } };
}

function reportOf(targets: readonly TargetHealth[]): ReturnType<StatusNote['report']> {
  const unhealthy = targets.filter(({ isHealthy }) => !isHealthy);
  if (unhealthy.length === 0) return { ok: true, detail: healthyText(targets.length) };
  const named = unhealthy.slice(0, namedMax).map(({ upstream, origin, failure }) => {
    return `${origin} of "${upstream}" ${failure?.detail ?? ''}`;
  });
  const unnamed = unhealthy.length - named.length;
  const others = unnamed === 0 ? '' : `; and ${unnamed} more`;
  return { ok: false, detail: `out of turn: ${named.join('; ')}${others}` };
}

function healthyText(count: number): string {
  if (count === 0) return 'no target is checked';
  return count === 1 ? '1 target is checked, and healthy' : `${count} targets are checked, and healthy`;
}
