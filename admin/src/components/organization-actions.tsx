import { useState } from 'preact/hooks';
import type { Organization } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { fieldProblem } from '../field-problems.ts';
import { useSession } from '../session.ts';
import { Confirm } from './confirm.tsx';
import { TextField } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';

interface Props {
  readonly organization: Organization;
  readonly reload: () => void;
}

/** What the platform's admins do to an organisation. */
export function OrganizationActions({ organization, reload }: Props) {
  const { me } = useSession();
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
      {organization.id !== me.organization.id && (
        <button
          type="button"
          class={organization.status === 'active' ? 'danger' : ''}
          onClick={() => setAsked('status')}
        >
          {organization.status === 'active' ? 'Suspend' : 'Resume'}
        </button>
      )}
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
  const action = useAction();
  const [name, setName] = useState(organization.name);
  const submit = async (): Promise<void> => {
    const wish = { params: { org: organization.id }, body: { name: name.trim() } };
    if ((await action.run('PATCH /organizations/{org}', wish)) !== undefined) onClose(true);
  };
  return (
    <FormDialog
      title={`Rename ${organization.slug}`}
      verb="Save"
      busyVerb="Saving…"
      action={action}
      submit={submit}
      onClose={() => onClose(false)}
    >
      <TextField
        label="Full name"
        hint="The short name stays: addresses and commands use it."
        value={name}
        problem={fieldProblem(action.problem, 'name')}
        onChange={setName}
      />
    </FormDialog>
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
