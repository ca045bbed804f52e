import { useState } from 'preact/hooks';
import type { Token } from '../api/calls.ts';
import type { CallName } from '../api/client.ts';
import { useAction } from '../api/use-call.ts';
import { go } from '../router.ts';
import { useSession } from '../session.ts';
import { Confirm } from './confirm.tsx';
import { RotateToken } from './rotate-token.tsx';
import { useOfToken } from './last-use-text.ts';

type ActionName = 'expire' | 'disable' | 'enable' | 'revoke' | 'delete';

interface Action {
  readonly name: ActionName;
  readonly verb: string;
  readonly from: readonly Token['state'][];
  readonly says: string;
}

const actions: readonly Action[] = [
  {
    name: 'disable',
    verb: 'Disable',
    from: ['active'],
    says: 'Requests with it are refused until it is enabled again.',
  },
  { name: 'enable', verb: 'Enable', from: ['disabled'], says: 'Requests with it are let through again.' },
  {
    name: 'expire',
    verb: 'Expire now',
    from: ['active', 'disabled'],
    says: 'It ends now and stays listed as expired.',
  },
  {
    name: 'revoke',
    verb: 'Revoke',
    from: ['active', 'disabled', 'expired'],
    says: 'It ends for good: nothing brings it back. It stays listed.',
  },
  {
    name: 'delete',
    verb: 'Delete',
    from: ['active', 'disabled', 'expired', 'revoked'],
    says: 'It ends for good and leaves the lists. The audit log keeps it.',
  },
];

const calls = {
  expire: 'POST /tokens/{id}/expire',
  disable: 'POST /tokens/{id}/disable',
  enable: 'POST /tokens/{id}/enable',
  revoke: 'POST /tokens/{id}/revoke',
  delete: 'DELETE /tokens/{id}',
} as const satisfies Record<ActionName, CallName>;

interface Props {
  readonly token: Token;
  readonly reload: () => void;
  readonly listPath: readonly string[];
}

/** What can be done to a token in the state it is in. */
export function TokenActions({ token, reload, listPath }: Props) {
  const { me } = useSession();
  const [asked, setAsked] = useState<Action>();
  const [isRotating, setRotating] = useState(false);
  const possible = actions.filter(({ from }) => from.includes(token.state));
  const closed = (isDone: boolean): void => {
    setAsked(undefined);
    if (!isDone) return;
    if (asked?.name === 'delete') go(listPath);
    else reload();
  };
  return (
    <div class="actions">
      {token.state === 'active' && (
        <button type="button" onClick={() => setRotating(true)}>
          Rotate
        </button>
      )}
      {possible.map((action) => (
        <button
          key={action.name}
          type="button"
          class={action.name === 'revoke' || action.name === 'delete' ? 'danger' : ''}
          onClick={() => setAsked(action)}
        >
          {action.verb}
        </button>
      ))}
      {isRotating && (
        <RotateToken
          token={token}
          onClose={(isDone) => {
            setRotating(false);
            if (isDone) reload();
          }}
        />
      )}
      {asked !== undefined && (
        <ConfirmAction token={token} action={asked} isCurrent={token.id === me.token.id} onClose={closed} />
      )}
    </div>
  );
}

interface ConfirmProps {
  readonly token: Token;
  readonly action: Action;
  readonly isCurrent: boolean;
  readonly onClose: (isDone: boolean) => void;
}

function ConfirmAction({ token, action, isCurrent, onClose }: ConfirmProps) {
  const { busy, problem, run } = useAction();
  const used = useOfToken(token);
  return (
    <Confirm
      title={`${action.verb} “${token.name}”?`}
      verb={action.verb}
      isDanger={action.name !== 'enable'}
      busy={busy}
      problem={problem}
      act={() => run(calls[action.name], { params: { id: token.id } })}
      onClose={onClose}
    >
      <p>{action.says}</p>
      <p>
        It belongs to <strong>{token.username}</strong>, ends in <code>{token.last_four}</code>, and was {used}.
      </p>
      {isCurrent && action.name !== 'enable' && (
        <p class="note note-warn">You are signed in with this very token: this session ends with it.</p>
      )}
    </Confirm>
  );
}
