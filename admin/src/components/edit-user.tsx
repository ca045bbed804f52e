import { useState } from 'preact/hooks';
import type { User, UserChange } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { useSession } from '../session.ts';
import { FormDialog } from './form-dialog.tsx';
import { NameField, PersonFields, ServiceFields, type UserDraft } from './user-fields.tsx';

interface Props {
  readonly user: User;
  readonly onClose: (isDone: boolean) => void;
}

/** Changes what is known about a user; what it may do is changed elsewhere. */
export function EditUser({ user, onClose }: Props) {
  const { organization } = useSession();
  const action = useAction();
  const [draft, setDraft] = useState<UserDraft>({
    name: user.name,
    email: user.email ?? '',
    purpose: user.purpose ?? '',
    owner: user.owner ?? '',
  });
  const change = changeOf(user, draft);
  const isSame = Object.keys(change).length === 0;
  const submit = async (): Promise<void> => {
    const params = { org: organization, id: user.id };
    const changed = await action.run('PATCH /organizations/{org}/users/{id}', { params, body: change });
    if (changed !== undefined) onClose(true);
  };
  const parts = {
    draft,
    problem: action.problem,
    onChange: (part: Partial<UserDraft>) => setDraft({ ...draft, ...part }),
  };
  return (
    <FormDialog
      title={`Edit ${user.username}`}
      verb="Save"
      busyVerb="Saving…"
      action={action}
      isReady={!isSame}
      submit={submit}
      onClose={() => onClose(false)}
    >
      <NameField {...parts} />
      {user.kind === 'service' ? <ServiceFields {...parts} /> : <PersonFields {...parts} />}
    </FormDialog>
  );
}

/** What is different. */
function changeOf(user: User, draft: UserDraft): UserChange {
  const [name, email, purpose] = [draft.name.trim(), draft.email.trim() || null, draft.purpose.trim() || null];
  const owner = draft.owner || null;
  return {
    ...(name !== user.name && { name }),
    ...(email !== user.email && { email }),
    ...(purpose !== user.purpose && { purpose }),
    ...(owner !== user.owner && { owner }),
  };
}
