import { fullTime } from '../terminal/text.ts';
import { readInstant } from './shapes.ts';

/** A date of the API for people: `2026-01-31 12:00 UTC (in 12 d)`. */
export function instantText(text: string, nowMs: number): string {
  const at = readInstant(text);
  return at === undefined ? text : fullTime(at, nowMs);
}
