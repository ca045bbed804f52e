/**
 * Tells nodes that the change log has grown, so that they read it before its next second. A message that is lost costs
 * that second and nothing else; a message that is false costs one read.
 */
export interface Push {
  /** Says that the log has reached `number`. Never throws, never waits. */
  announce(number: number): void;
  /** Calls `onNews` with the number of each announcement that arrives, this process's own among them or not. */
  subscribe(onNews: (number: number) => void): void;
  close(): Promise<void>;
}

/** For one process alone, whose change log tells its own parts. */
export const noPush: Push = {
  announce: () => undefined,
  subscribe: () => undefined,
  close: () => Promise.resolve(),
};
