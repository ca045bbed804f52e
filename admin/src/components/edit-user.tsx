import { useState } from 'preact/hooks';
import type { User, UserChange } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { useSession } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { ProblemNote } from './problem-note.tsx';
import { NameField, PersonFields, ServiceFields, type UserDraft } from './user-fields.tsx';

interface Props {
  readonly user: User;
  readonly onClose: (isDone: boolean) => void;
}

/** Changes what is known about a user; what it may do is changed elsewhere. */
export function EditUser({ user, onClose }: Props) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [draft, setDraft] = useState<UserDraft>({
    name: user.name,
    email: user.email ?? '',
    purpose: user.purpose ?? '',
    owner: user.owner ?? '',
  });
  const change = changeOf(user, draft);
  const isSame = Object.keys(change).length === 0;
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (isSame) return;
    const params = { org: organization, id: user.id };
    const changed = await run('PATCH /organizations/{org}/users/{id}', { params, body: change });
    if (changed !== undefined) onClose(true);
  };
  const parts = { draft, problem, onChange: (part: Partial<UserDraft>) => setDraft({ ...draft, ...part }) };
  return (
    <Dialog title={`Edit ${user.username}`} onClose={() => onClose(false)}>
      <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
        {problem !== undefined && <ProblemNote problem={problem} />}
        <NameField {...parts} />
        {user.kind === 'service' ? <ServiceFields {...parts} /> : <PersonFields {...parts} />}
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy || isSame}>
            {busy ? 'Saving…' : 'Save'}
          </button>
          <button type="button" onClick={() => onClose(false)}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
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
