const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'long' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });

/** Each unit in seconds, and from how many of it on it is used. */
const units = [
  { unit: 'year', seconds: 365 * 86_400, from: 2 },
  { unit: 'month', seconds: 30 * 86_400, from: 4 },
  { unit: 'day', seconds: 86_400, from: 2 },
  { unit: 'hour', seconds: 3600, from: 1 },
  { unit: 'minute', seconds: 60, from: 1 },
  { unit: 'second', seconds: 1, from: 0 },
] as const;

/** An instant as a date, with the time where hours count, and how far away it is; the exact time on hover. Null is never. */
export function Instant({ at, withTime = false }: { readonly at: string | null; readonly withTime?: boolean }) {
  if (at === null) return <>Never</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={exact.format(date)}>
      {(withTime ? dayAndTime : day).format(date)}{' '}
      <span class="quiet">{distance((date.getTime() - Date.now()) / 1000)}</span>
    </time>
  );
}

/** How far away an instant is, such as "3 minutes ago". */
export function distanceTo(at: string): string {
  return distance((Date.parse(at) - Date.now()) / 1000);
}

function distance(seconds: number): string {
  const fitting = units.find((one) => Math.abs(seconds) >= one.seconds * one.from);
  return fitting === undefined ? '' : relative.format(Math.round(seconds / fitting.seconds), fitting.unit);
}
