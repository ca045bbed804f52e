import type { Problem } from '../api/client.ts';
import { useList } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useSession } from '../session.ts';
import { SelectField, TextField } from './field.tsx';

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

export function NameField({ draft, problem, onChange }: Props) {
  return (
    <TextField
      label="Name"
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
      <OwnerField
        value={draft.owner}
        problem={fieldProblem(problem, 'owner')}
        onChange={(owner) => onChange({ owner })}
      />
    </>
  );
}

interface OwnerProps {
  readonly value: string;
  readonly problem: string | undefined;
  readonly onChange: (id: string) => void;
}

function OwnerField({ value, problem, onChange }: OwnerProps) {
  const { organization } = useSession();
  const { items } = useList('GET /organizations/{org}/users', {
    params: { org: organization },
    query: { kind: 'human', limit: '200' },
  });
  const people = (items ?? []).filter(({ id, status }) => status === 'active' || id === value);
  const options = people.map(({ id, username }) => [id, username] as const);
  const isMissing = value !== '' && people.every(({ id }) => id !== value);
  return (
    <SelectField
      label="Owner (optional)"
      hint="The person who answers for it."
      value={value}
      options={[['', 'Nobody'], ...options, ...(isMissing ? [[value, 'As it is'] as const] : [])]}
      problem={problem}
      onChange={onChange}
    />
  );
}
