import type { NewToken, Settings } from '../api/calls.ts';
import type { Problem } from '../api/client.ts';
import { fieldProblem } from '../field-problems.ts';
import { useBarred } from '../grantable.ts';
import { endOf, ExpiryField, usualExpiry, type Expiry } from './expiry-field.tsx';
import { TextField } from './field.tsx';
import { Section } from './page.tsx';
import { ReachNote } from './reach-note.tsx';
import { ScopePicker } from './scope-picker.tsx';

/** A token that is about to be made. */
export interface TokenDraft {
  readonly name: string;
  readonly purpose: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiry: Expiry;
  /** Blocks with spaces or commas between them. */
  readonly addresses: string;
}

export const emptyDraft: TokenDraft = {
  name: '',
  purpose: '',
  scopes: new Set(),
  expiry: usualExpiry,
  addresses: '',
};

/** The draft as the call takes it, but for whom it is of. */
export function wishOf({ name, purpose, scopes, expiry, addresses }: TokenDraft): NewToken {
  const blocks = addresses.split(/[\s,]+/).filter((one) => one !== '');
  return {
    name: name.trim(),
    ...(purpose.trim() !== '' && { purpose: purpose.trim() }),
    scopes: [...scopes],
    ...endOf(expiry),
    ...(blocks.length > 0 && { allowed_ips: blocks }),
  };
}

interface PartProps {
  readonly draft: TokenDraft;
  readonly settings: Settings;
  readonly problem: Problem | undefined;
  readonly onChange: (change: Partial<TokenDraft>) => void;
}

export function Purpose({ draft, problem, onChange }: PartProps) {
  return (
    <Section title="What it is for">
      <TextField
        label="Name"
        value={draft.name}
        maxLength={100}
        problem={fieldProblem(problem, 'name')}
        onChange={(name) => onChange({ name })}
      />
      <TextField
        label="Purpose (optional)"
        hint="What it is used for and by what, for whoever finds it in a list in a year."
        value={draft.purpose}
        maxLength={500}
        problem={fieldProblem(problem, 'purpose')}
        onChange={(purpose) => onChange({ purpose })}
      />
    </Section>
  );
}

export function Powers({ draft, settings, problem, onChange, userId }: PartProps & { readonly userId: string }) {
  const barred = useBarred(userId);
  return (
    <Section title="What it may do">
      <ScopePicker
        catalogue={settings.scopes}
        chosen={draft.scopes}
        barred={barred ?? (() => 'Looking…')}
        problem={fieldProblem(problem, 'scopes')}
        onChange={(scopes) => onChange({ scopes })}
      />
      <ReachNote scopes={draft.scopes} />
    </Section>
  );
}

export function Bounds({ draft, settings, problem, onChange }: PartProps) {
  return (
    <Section title="How long, and from where">
      <ExpiryField
        value={draft.expiry}
        maxLifetimeSeconds={settings.tokens.max_lifetime_seconds}
        problem={fieldProblem(problem, 'expires_at', 'lifetime')}
        onChange={(expiry) => onChange({ expiry })}
      />
      <TextField
        label="Addresses it may be used from (optional)"
        hint="Such as 10.0.0.0/8 203.0.113.7; empty for anywhere your own credential may be used."
        value={draft.addresses}
        problem={fieldProblem(problem, 'allowed_ips')}
        onChange={(addresses) => onChange({ addresses })}
      />
    </Section>
  );
}
