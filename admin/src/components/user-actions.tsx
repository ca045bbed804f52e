import { useState } from 'preact/hooks';
import type { User } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { href } from '../router.ts';
import { useMay, useSession } from '../session.ts';
import { Confirm } from './confirm.tsx';
import { EditUser } from './edit-user.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { TokensOfUser } from './tokens-of-user.tsx';

interface Props {
  readonly user: User;
  readonly reload: () => void;
}

/** What can be done to a user. */
export function UserActions({ user, reload }: Props) {
  const { me, organization } = useSession();
  const may = useMay();
  const [asked, setAsked] = useState<'edit' | 'enrol' | 'status' | 'delete' | 'reviewed'>();
  const closed = (isDone: boolean): void => {
    setAsked(undefined);
    if (isDone) reload();
  };
  const isActive = user.status === 'active';
  const props = { user, onClose: closed };
  return (
    <div class="row-actions">
      {user.kind === 'service' && may('wayleave:tokens:write') && isActive && (
        <a class="button" href={href(['o', organization, 'tokens', 'new'], { user_id: user.id })}>
          Create token
        </a>
      )}
      {user.kind === 'human' && isActive && user.id !== me.subject.id && (
        <button type="button" onClick={() => setAsked('enrol')}>
          Enrol
        </button>
      )}
      {user.review !== null && (
        <button type="button" onClick={() => setAsked('reviewed')}>
          Keep it
        </button>
      )}
      <button type="button" onClick={() => setAsked('edit')}>
        Edit
      </button>
      <button type="button" onClick={() => setAsked('status')}>
        {isActive ? 'Disable' : 'Enable'}
      </button>
      <button type="button" class="danger" onClick={() => setAsked('delete')}>
        Delete
      </button>
      {asked === 'edit' && <EditUser {...props} />}
      {asked === 'enrol' && <Enrol {...props} />}
      {asked === 'status' && <ChangeStatus {...props} />}
      {asked === 'delete' && <Delete {...props} />}
      {asked === 'reviewed' && <Reviewed {...props} />}
    </div>
  );
}

interface DialogProps {
  readonly user: User;
  readonly onClose: (isDone: boolean) => void;
}

function Enrol({ user, onClose }: DialogProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [code, setCode] = useState<string>();
  if (code !== undefined) {
    return (
      <SecretDialog
        title={`Enrolment code for ${user.username}`}
        secret={code}
        note="It works once, within 24 hours. Send it by a way that only this person can read."
        command={{
          label: 'The person pastes it into the sign-in page of this console:',
          text: `${location.origin}/`,
          copy: 'Copy address',
        }}
        onClose={() => {
          setCode(undefined);
          onClose(false);
        }}
      />
    );
  }
  const make = async (): Promise<undefined> => {
    const params = { org: organization, id: user.id };
    setCode((await run('POST /organizations/{org}/users/{id}/enrolment', { params, body: {} }))?.code);
    return undefined;
  };
  return (
    <Confirm
      title={`Enrol ${user.username}?`}
      verb="Make a code"
      isDanger={false}
      busy={busy}
      problem={problem}
      act={make}
      onClose={onClose}
    >
      <p>The code lets its holder sign in as {user.username}. Earlier codes, and sessions that began with one, end.</p>
    </Confirm>
  );
}

function ChangeStatus({ user, onClose }: DialogProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const isActive = user.status === 'active';
  const verb = isActive ? 'Disable' : 'Enable';
  const body = { status: isActive ? 'disabled' : 'active' } as const;
  return (
    <Confirm
      title={`${verb} ${user.username}?`}
      verb={verb}
      isDanger={isActive}
      busy={busy}
      problem={problem}
      act={() => run('PATCH /organizations/{org}/users/{id}', { params: { org: organization, id: user.id }, body })}
      onClose={onClose}
    >
      <p>
        {isActive
          ? 'All tokens and sessions of the user are refused until the user is enabled again; sessions of the console end.'
          : 'The tokens of the user count again.'}
      </p>
      {isActive && <TokensOfUser user={user} />}
    </Confirm>
  );
}

function Delete({ user, onClose }: DialogProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title={`Delete ${user.username}?`}
      verb="Delete"
      busy={busy}
      problem={problem}
      act={() => run('DELETE /organizations/{org}/users/{id}', { params: { org: organization, id: user.id } })}
      onClose={onClose}
    >
      <p>Every token of the user is revoked, and its roles end. The username is never given again.</p>
      <TokensOfUser user={user} />
    </Confirm>
  );
}

function Reviewed({ user, onClose }: DialogProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const params = { org: organization, id: user.id };
  return (
    <Confirm
      title={`Keep ${user.username} as it is?`}
      verb="Keep it"
      isDanger={false}
      busy={busy}
      problem={problem}
      act={() => run('PATCH /organizations/{org}/users/{id}', { params, body: { reviewed: true } })}
      onClose={onClose}
    >
      <p>Its owner is gone, and its tokens go on. This says that it is meant to stay.</p>
    </Confirm>
  );
}
