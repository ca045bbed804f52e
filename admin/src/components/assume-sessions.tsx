import { useState } from 'preact/hooks';
import type { AssumeSession } from '../api/calls.ts';
import { useAction } from '../api/use-call.ts';
import { href } from '../router.ts';
import { useSession } from '../session.ts';
import { Confirm } from './confirm.tsx';
import { DataTable, type Column } from './data-table.tsx';
import { Instant } from './instant.tsx';
import { endOfSession } from './session-end.ts';

interface Props {
  readonly sessions: readonly AssumeSession[];
  readonly reload: () => void;
}

/** Who acts, or acted, as users of the organisation. */
export function AssumeSessions({ sessions, reload }: Props) {
  const { organization } = useSession();
  const [asked, setAsked] = useState<AssumeSession>();
  const columns: readonly Column<AssumeSession>[] = [
    {
      title: 'Who',
      cell: ({ actor, subject, reason }) => (
        <>
          {actor.username} <span class="quiet">of {actor.organization}</span>
          <span class="below">as {subject.username}</span>
          {reason !== null && <span class="below quiet">{reason}</span>}
        </>
      ),
    },
    { title: 'Since', cell: ({ started_at: at }) => <Instant at={at} withTime /> },
    { title: 'From', cell: ({ address }) => <span class="word">{address}</span> },
    { title: 'Until', cell: (session) => <Until session={session} /> },
    {
      title: 'Do',
      cell: (session) => (
        <div class="row-actions">
          <a class="button" href={href(['o', organization, 'assume-sessions', session.id])}>
            Report
          </a>
          {session.state === 'active' && (
            <button type="button" class="danger" onClick={() => setAsked(session)}>
              End
            </button>
          )}
        </div>
      ),
    },
  ];
  return (
    <>
      <DataTable caption="Assumed sessions" columns={columns} rows={sessions} keyOf={({ id }) => id} />
      {asked !== undefined && (
        <EndSession
          session={asked}
          onClose={(isDone) => {
            setAsked(undefined);
            if (isDone) reload();
          }}
        />
      )}
    </>
  );
}

function Until({
  session: { expires_at: expires, ended_at: ended, end_reason: why },
}: {
  readonly session: AssumeSession;
}) {
  return (
    <>
      <Instant at={ended ?? expires} withTime />
      {why !== null && <span class="below quiet sentence">{endOfSession(why)}</span>}
    </>
  );
}

interface EndProps {
  readonly session: AssumeSession;
  readonly onClose: (isDone: boolean) => void;
}

function EndSession({ session: { id, actor, subject }, onClose }: EndProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title={`End the session of ${actor.username}?`}
      verb="End it"
      busy={busy}
      problem={problem}
      act={() => run('DELETE /organizations/{org}/assume-sessions/{id}', { params: { org: organization, id } })}
      onClose={onClose}
    >
      <p>
        {actor.username} no longer acts as {subject.username}; what is under way ends. The assume-user token stays as it
        is: expire it too if nobody shall come in by it again.
      </p>
    </Confirm>
  );
}
