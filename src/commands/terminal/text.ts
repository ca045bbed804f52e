/** Text that others wrote, made harmless for a terminal: control and formatting characters become `?`. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

/** An instant as lists show it: `2026-01-31 12:00`, in UTC. */
export function exactTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ');
}

const steps = [
  [60_000, 1000, 's'],
  [3_600_000, 60_000, 'min'],
  [86_400_000, 3_600_000, 'h'],
  [Infinity, 86_400_000, 'd'],
] as const;

/** How far an instant is from now, roughly: `in 12 d`, `3 min ago`, `now`. */
export function relativeTime(epochMs: number, nowMs: number): string {
  const distance = Math.abs(epochMs - nowMs);
  if (distance < 1000) return 'now';
  const [, unit, name] = steps.find(([below]) => distance < below) ?? steps[3];
  const amount = `${Math.floor(distance / unit)} ${name}`;
  return epochMs > nowMs ? `in ${amount}` : `${amount} ago`;
}

/** Both: `2026-01-31 12:00 UTC (in 12 d)`. */
export function fullTime(epochMs: number, nowMs: number): string {
  return `${exactTime(epochMs)} UTC (${relativeTime(epochMs, nowMs)})`;
}

const colours = { green: 32, yellow: 33, red: 31, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof colours;

/** Wraps text in a colour when the terminal may have one. */
export function paint(text: string, colour: Colour | undefined, enabled: boolean): string {
  return enabled && colour !== undefined ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
}
