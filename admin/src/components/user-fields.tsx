import type { Problem } from '../api/client.ts';
import { fieldProblem } from '../field-problems.ts';
import { TextField } from './field.tsx';
import { UserPicker } from './user-picker.tsx';

/** What of a user can be changed later. */
export interface UserDraft {
  readonly name: string;
  readonly email: string;
  readonly purpose: string;
  /** An id; '' for nobody. */
  readonly owner: string;
}

export const emptyDraft: UserDraft = { name: '', email: '', purpose: '', owner: '' };

interface Props {
  readonly draft: UserDraft;
  readonly problem: Problem | undefined;
  readonly onChange: (change: Partial<UserDraft>) => void;
}

export function NameField({ draft, problem, onChange, isOptional = false }: Props & { readonly isOptional?: boolean }) {
  return (
    <TextField
      label={isOptional ? 'Name (optional)' : 'Name'}
      value={draft.name}
      problem={fieldProblem(problem, 'name')}
      onChange={(name) => onChange({ name })}
    />
  );
}

export function PersonFields({ draft, problem, onChange }: Props) {
  return (
    <TextField
      label="E-mail (optional)"
      type="email"
      value={draft.email}
      problem={fieldProblem(problem, 'email')}
      onChange={(email) => onChange({ email })}
    />
  );
}

export function ServiceFields({ draft, problem, onChange }: Props) {
  return (
    <>
      <TextField
        label="Description (optional)"
        hint="What it does."
        value={draft.purpose}
        problem={fieldProblem(problem, 'purpose')}
        onChange={(purpose) => onChange({ purpose })}
      />
      <UserPicker
        label="Owner (optional)"
        hint="The person who answers for it; empty for nobody."
        kind="human"
        isActiveOnly
        value={draft.owner}
        problem={fieldProblem(problem, 'owner')}
        onChange={(owner) => onChange({ owner })}
      />
    </>
  );
}
