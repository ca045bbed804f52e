import type { Problem } from '../core/problem.ts';
import type { Shortage, UpstreamPools } from '../upstreams/pools.ts';

/** What a request is told that no target of its upstream takes now; undefined: one does. */
export function shortageProblem(pools: UpstreamPools, upstream: string): Problem | undefined {
  const shortage = pools.shortage(upstream);
  return shortage && problemOf(shortage, upstream);
}

function problemOf(shortage: Shortage, upstream: string): Problem {
  switch (shortage.kind) {
    case 'full':
      return {
        code: 'overloaded',
        detail: `every target of the upstream "${upstream}" has as many requests under way as it may; try again`,
        retryAfterSeconds: 1,
      };
    case 'unhealthy':
      return {
        code: 'upstream_unavailable',
        detail: `no target of the upstream "${upstream}" is healthy; try again when the next health check is over`,
        retryAfterSeconds: Math.ceil(shortage.checkEveryMs / 1000),
      };
  }
}
