/** How many checks in a row change what is thought of a target. */
export interface HealthRules {
  readonly unhealthyAfter: number;
  readonly healthyAfter: number;
}

/** What the checks of a target have come to. */
export interface HealthState {
  readonly isHealthy: boolean;
  /** How many of the newest checks, in a row, speak against that. */
  readonly against: number;
}

/** A target is trusted until its checks say otherwise. */
export const trusted: HealthState = { isHealthy: true, against: 0 };

/** What is thought of a target after one more check. */
export function afterCheck(state: HealthState, hasPassed: boolean, rules: HealthRules): HealthState {
  const { isHealthy } = state;
  if (hasPassed === isHealthy) return { isHealthy, against: 0 };
  const against = state.against + 1;
  const isEnough = against >= (isHealthy ? rules.unhealthyAfter : rules.healthyAfter);
  return isEnough ? { isHealthy: hasPassed, against: 0 } : { isHealthy, against };
}
