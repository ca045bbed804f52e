import { useState } from 'preact/hooks';
import type { NewUser, User } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useSession } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { SelectField, TextField } from './field.tsx';
import { ProblemNote } from './problem-note.tsx';
import { emptyDraft, NameField, PersonFields, ServiceFields, type UserDraft } from './user-fields.tsx';

interface Props {
  readonly kind: User['kind'];
  readonly onClose: (isDone: boolean) => void;
}

interface Draft extends UserDraft {
  readonly username: string;
  readonly tokenType: User['access_token_type'];
}

const empty: Draft = { ...emptyDraft, username: '', tokenType: 'bearer' };

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
  const parts = { draft, problem, onChange: (change: Partial<UserDraft>) => setDraft({ ...draft, ...change }) };
  return (
    <Dialog title={isService ? 'Create a service user' : 'Add a person'} onClose={() => onClose(false)}>
      <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
        {problem !== undefined && <ProblemNote problem={problem} />}
        <TextField
          label="Username"
          hint="Small letters, digits, dots and dashes. It is never given again."
          value={draft.username}
          problem={fieldProblem(problem, 'username')}
          onChange={(username) => setDraft({ ...draft, username })}
        />
        <NameField {...parts} />
        {isService ? <ServiceFields {...parts} /> : <PersonFields {...parts} />}
        {isService && (
          <SelectField
            label="Access-token type"
            value={draft.tokenType}
            options={[
              ['bearer', 'Bearer: looked up at every request'],
              ['jwt', 'JWT'],
            ]}
            onChange={(tokenType) => setDraft({ ...draft, tokenType })}
          />
        )}
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
