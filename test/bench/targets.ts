/** The most that the gateway may use of a peer's CPU time a request: what must hold today, and what is aimed at. */
export interface Target {
  readonly limit?: number;
  readonly goal: number;
  /** The goal is the least: here it is the peer whose CPU time is bounded. */
  readonly isLeast?: true;
}

export const cpuTargets: Readonly<Record<string, Target>> = {
  undici: { limit: 1.35, goal: 1.15 },
  'http-proxy': { limit: 0.6, goal: 0.5 },
  'nginx-auth': { goal: 1 },
  'caddy-auth': { goal: 0.5 },
  assertion: { goal: 1.1 },
  // A request under a session costs at most 1.1 times an ordinary one.
  assumed: { goal: 1 / 1.1, isLeast: true },
  'assumed-header': { goal: 1 / 1.1, isLeast: true },
};

/** Microseconds to find the route among 10,000. */
export const matchGoalMicroseconds = 2;

/** Seconds to validate a file of 10,000 routes, the start of the program included. */
export const validateGoalSeconds = 2;

/** What remembering a decision may cost a request. */
export const ringGoalMicroseconds = 2;

/** Milliseconds within which 99 of 100 receipts of a revocation are there, with push and without. */
export const receiptGoalsMs = { on: 50, off: 1500 } as const;
