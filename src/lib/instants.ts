/** What RFC 3339 can write, and Postgres reads as JavaScript writes it: the years 1 to 9999 in UTC, in epoch milliseconds. */
export const earliestInstantMs = Date.parse('0001-01-01T00:00:00Z');
export const latestInstantMs = Date.parse('9999-12-31T23:59:59.999Z');

/** Says whether an instant can be written; NaN cannot. */
export function isWritableInstant(epochMs: number): boolean {
  return epochMs >= earliestInstantMs && epochMs <= latestInstantMs;
}
