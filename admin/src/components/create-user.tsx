import { useState } from 'preact/hooks';
import type { NewUser, User } from '../api/calls.ts';
import type { Problem } from '../api/client.ts';
import { useAction, useList } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useSession } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { SelectField, TextField } from './field.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  readonly kind: User['kind'];
  readonly onClose: (isDone: boolean) => void;
}

const empty = { username: '', name: '', email: '', purpose: '', owner: '', tokenType: 'bearer' as const };

interface Draft {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly purpose: string;
  /** An id; '' for nobody. */
  readonly owner: string;
  readonly tokenType: User['access_token_type'];
}

/** Adds a person or a service user. */
export function CreateUser({ kind, onClose }: Props) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [draft, setDraft] = useState<Draft>(empty);
  const isService = kind === 'service';
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const params = { org: organization };
    const made = await run('POST /organizations/{org}/users', { params, body: bodyOf(kind, draft) });
    if (made !== undefined) onClose(true);
  };
  const parts = { draft, problem, onChange: (change: Partial<Draft>) => setDraft({ ...draft, ...change }) };
  return (
    <Dialog title={isService ? 'Create a service user' : 'Add a person'} onClose={() => onClose(false)}>
      <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
        {problem !== undefined && <ProblemNote problem={problem} />}
        <Names {...parts} />
        {isService ? <ServiceFields {...parts} /> : <PersonFields {...parts} />}
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
            {busy ? 'Creating…' : isService ? 'Create' : 'Add'}
          </button>
          <button type="button" onClick={() => onClose(false)}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function bodyOf(kind: User['kind'], { username, name, email, purpose, owner, tokenType }: Draft): NewUser {
  return {
    kind,
    username: username.trim(),
    name: name.trim() === '' ? username.trim() : name.trim(),
    ...(email.trim() !== '' && { email: email.trim() }),
    ...(kind === 'service' && { access_token_type: tokenType }),
    ...(purpose.trim() !== '' && { purpose: purpose.trim() }),
    ...(owner !== '' && { owner }),
  };
}

interface PartProps {
  readonly draft: Draft;
  readonly problem: Problem | undefined;
  readonly onChange: (change: Partial<Draft>) => void;
}

function Names({ draft, problem, onChange }: PartProps) {
  return (
    <>
      <TextField
        label="Username"
        hint="Small letters, digits, dots and dashes. It is never given again."
        value={draft.username}
        problem={fieldProblem(problem, 'username')}
        onChange={(username) => onChange({ username })}
      />
      <TextField
        label="Name"
        value={draft.name}
        problem={fieldProblem(problem, 'name')}
        onChange={(name) => onChange({ name })}
      />
    </>
  );
}

function PersonFields({ draft, problem, onChange }: PartProps) {
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

function ServiceFields({ draft, problem, onChange }: PartProps) {
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
      <SelectField
        label="Access-token type"
        value={draft.tokenType}
        options={[
          ['bearer', 'Bearer: looked up at every request'],
          ['jwt', 'JWT'],
        ]}
        onChange={(tokenType) => onChange({ tokenType })}
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
  const { items = [] } = useList('GET /organizations/{org}/users', {
    params: { org: organization },
    query: { kind: 'human', limit: '200' },
  });
  const people = items.filter(({ status }) => status === 'active').map(({ id, username }) => [id, username] as const);
  return (
    <SelectField
      label="Owner (optional)"
      hint="The person who answers for it."
      value={value}
      options={[['', 'Nobody'], ...people]}
      problem={problem}
      onChange={onChange}
    />
  );
}
