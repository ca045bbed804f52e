import { SelectField, TextField } from './field.tsx';

/** When a token ends: after some days, at an instant (as a browser's field has it), or never. */
export interface Expiry {
  readonly preset: '7' | '30' | '60' | '90' | 'custom' | 'none';
  readonly at: string;
}

export const usualExpiry: Expiry = { preset: '30', at: '' };

interface Props {
  readonly value: Expiry;
  /** null: tokens may be without end. */
  readonly maxLifetimeSeconds: number | null;
  readonly problem?: string | undefined;
  readonly onChange: (value: Expiry) => void;
}

export function ExpiryField({ value, maxLifetimeSeconds, problem, onChange }: Props) {
  const maxDays = maxLifetimeSeconds === null ? Infinity : maxLifetimeSeconds / 86_400;
  const days = (['7', '30', '60', '90'] as const).filter((one) => Number(one) <= maxDays);
  const options: [Expiry['preset'], string][] = days.map((one) => [one, `In ${one} days, on ${dayIn(Number(one))}`]);
  options.push(['custom', 'At a time of your own']);
  if (maxLifetimeSeconds === null) options.push(['none', 'Never']);
  const hint = maxLifetimeSeconds === null ? undefined : `At most ${Math.floor(maxDays)} days here.`;
  return (
    <>
      <SelectField
        label="Expires"
        value={value.preset}
        options={options}
        hint={hint}
        problem={value.preset === 'custom' ? undefined : problem}
        onChange={(preset) => onChange({ ...value, preset })}
      />
      {value.preset === 'custom' && (
        <TextField
          label="Ends at"
          type="datetime-local"
          value={value.at}
          problem={problem}
          onChange={(at) => onChange({ ...value, at })}
        />
      )}
      {value.preset === 'none' && (
        <p class="note note-warn">
          A token without end is a risk for as long as it exists. Prefer one that is rotated.
        </p>
      )}
    </>
  );
}

function dayIn(days: number): string {
  const at = new Date(Date.now() + days * 86_400_000);
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' }).format(at);
}

/** The field as calls take it. */
export function endOf({ preset, at }: Expiry): { expires_at?: string | null; lifetime?: string } {
  if (preset === 'none') return { expires_at: null };
  if (preset !== 'custom') return { lifetime: `${preset}d` };
  const instant = new Date(at);
  return { expires_at: Number.isNaN(instant.getTime()) ? at : instant.toISOString() };
}
