import type { ProblemCode } from './problem.ts';

/** One request under an assumed session, for the report of the session. */
export interface SessionUse {
  /** The session's id. */
  readonly sessionId: string;
  /** The name of the route; of a call of the admin API, its template. */
  readonly route: string;
  readonly method: string;
  /** Why it was refused; undefined: it was let through. */
  readonly code: ProblemCode | undefined;
  /** Where it came from. */
  readonly address: string;
}

/** How often something was done under a session, with one outcome. Instants are epoch milliseconds. */
export interface SessionCalls {
  readonly route: string;
  readonly method: string;
  /** Why it was refused; empty: it was let through. */
  readonly code: string;
  readonly calls: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** How often an address was seen under a session. */
export interface SessionAddress {
  readonly address: string;
  readonly calls: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What was done under one session. */
export interface SessionUsage {
  readonly sessionId: string;
  readonly calls: readonly SessionCalls[];
  readonly addresses: readonly SessionAddress[];
}

/** A report names so many addresses; whoever changes theirs with each request cannot make it endless. */
export const reportedAddressesMax = 100;
