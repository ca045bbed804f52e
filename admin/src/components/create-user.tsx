import { useState } from 'preact/hooks';
import type { NewUser, User } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useSession } from '../session.ts';
import { SelectField, TextField } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
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
  const action = useAction();
  const { problem, run } = action;
  const [draft, setDraft] = useState<Draft>(empty);
  const isService = kind === 'service';
  const submit = async (): Promise<void> => {
    const params = { org: organization };
    const made = await run('POST /organizations/{org}/users', { params, body: bodyOf(kind, draft) });
    if (made !== undefined) onClose(true);
  };
  const parts = { draft, problem, onChange: (change: Partial<UserDraft>) => setDraft({ ...draft, ...change }) };
  return (
    <FormDialog
      title={isService ? 'Create a service user' : 'Add a person'}
      verb={isService ? 'Create' : 'Add'}
      busyVerb={isService ? 'Creating…' : 'Adding…'}
      action={action}
      submit={submit}
      onClose={() => onClose(false)}
    >
      <TextField
        label="Username"
        hint="Small letters, digits, dots, dashes and underscores. It is never given again."
        value={draft.username}
        problem={fieldProblem(problem, 'username')}
        onChange={(username) => setDraft({ ...draft, username })}
      />
      <NameField {...parts} isOptional />
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
    </FormDialog>
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
