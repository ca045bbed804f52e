/** After so many attempts, within about three days, nobody tries again. */
export const attemptsMax = 12;

const firstDelayMs = 5000;
const factor = 3;
const delayMaxMs = 24 * 3_600_000;
const jitter = 0.2;

/**
 * How long to wait after a failed attempt: 5 s, then three times as long each time up to a day, give or take a fifth.
 * @param attempt the one that failed, from 1
 * @param random 0 to 1
 * @returns milliseconds; undefined: it was the last
 */
export function retryDelayMs(attempt: number, random: number): number | undefined {
  if (attempt >= attemptsMax) return undefined;
  const delayMs = Math.min(firstDelayMs * factor ** (attempt - 1), delayMaxMs);
  return Math.round(delayMs * (1 - jitter + 2 * jitter * random));
}
