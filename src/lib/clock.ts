/** The time as arguments receive it: wall-clock milliseconds since the epoch and monotonic milliseconds. */
export interface Clock {
  /** Milliseconds since the Unix epoch; decides whether a token has expired. */
  now(): number;
  /** Milliseconds that only ever grow; decides how old a cached record is. */
  monotonic(): number;
}

/** The clock of the machine. The only place of the program that reads the time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
