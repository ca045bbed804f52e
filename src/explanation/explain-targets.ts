import { problemStatus } from '../core/problem.ts';
import type { Runtime } from '../gateway/runtime.ts';
import { shortageProblem } from '../gateway/shortage.ts';

/** Which targets of an upstream get nothing at the moment, and what a request is told when none gets any. */
export function targetLines(pools: Runtime['pools'], upstream: string): string[] {
  const unhealthy = pools.members(upstream).flatMap(({ health }) => (health?.isHealthy === false ? [health] : []));
  const outOfTurn = unhealthy.map(({ origin, failure }) => `${origin} is out of turn: it ${failure?.detail ?? ''}`);
  const shortage = shortageProblem(pools, upstream);
  if (shortage === undefined) return outOfTurn;
  return [...outOfTurn, `now it would get ${problemStatus(shortage)} ${shortage.code}: ${shortage.detail}`];
}
