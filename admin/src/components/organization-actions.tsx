import { useState } from 'preact/hooks';
import type { Organization } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { Confirm } from './confirm.tsx';
import { Dialog } from './dialog.tsx';
import { TextField } from './field.tsx';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  readonly organization: Organization;
  readonly reload: () => void;
}

/** What the platform's admins do to an organisation. */
export function OrganizationActions({ organization, reload }: Props) {
  const [asked, setAsked] = useState<'rename' | 'status'>();
  const props = {
    organization,
    onClose: (isDone: boolean): void => {
      setAsked(undefined);
      if (isDone) reload();
    },
  };
  return (
    <div class="row-actions">
      <button type="button" onClick={() => setAsked('rename')}>
        Rename
      </button>
      <button type="button" class={organization.status === 'active' ? 'danger' : ''} onClick={() => setAsked('status')}>
        {organization.status === 'active' ? 'Suspend' : 'Resume'}
      </button>
      {asked === 'rename' && <Rename {...props} />}
      {asked === 'status' && <ChangeStatus {...props} />}
    </div>
  );
}

interface DialogProps {
  readonly organization: Organization;
  readonly onClose: (isDone: boolean) => void;
}

function Rename({ organization, onClose }: DialogProps) {
  const { busy, problem, run } = useAction();
  const [name, setName] = useState(organization.name);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const body = { name: name.trim() };
    if ((await run('PATCH /organizations/{org}', { params: { org: organization.id }, body })) !== undefined)
      onClose(true);
  };
  return (
    <Dialog title={`Rename ${organization.slug}`} onClose={() => onClose(false)}>
      <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
        {problem !== undefined && <ProblemNote problem={problem} />}
        <TextField
          label="Full name"
          hint="The short name stays: addresses and commands use it."
          value={name}
          problem={fieldProblem(problem, 'name')}
          onChange={setName}
        />
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={busy}>
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

function ChangeStatus({ organization: { id, slug, status }, onClose }: DialogProps) {
  const { busy, problem, run } = useAction();
  const isActive = status === 'active';
  const verb = isActive ? 'Suspend' : 'Resume';
  const body = { status: isActive ? 'suspended' : 'active' } as const;
  return (
    <Confirm
      title={`${verb} ${slug}?`}
      verb={verb}
      isDanger={isActive}
      busy={busy}
      problem={problem}
      act={() => run('PATCH /organizations/{org}', { params: { org: id }, body })}
      onClose={onClose}
    >
      <p>
        {isActive
          ? `Every token and session of ${slug} is refused, and what is under way ends, until it is resumed.`
          : `The tokens of ${slug} count again.`}
      </p>
    </Confirm>
  );
}
