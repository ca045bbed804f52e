import { useState } from 'preact/hooks';
import type { AssumeSession, AssumeToken } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { AssumeSessions } from '../components/assume-sessions.tsx';
import { Confirm } from '../components/confirm.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { ScopeList } from '../components/scope-list.tsx';
import { Tabs } from '../components/tabs.tsx';
import { href, usePlace } from '../router.ts';
import { useSession } from '../session.ts';

const tabs = [
  ['active', 'Active'],
  ['expired', 'Expired'],
] as const;

type State = AssumeToken['state'];
type SessionState = AssumeSession['state'];

/** Who may act as users of the organisation, and who does. */
export function AssumeTokensPage() {
  const { me, organization } = useSession();
  const { query } = usePlace();
  const state: State = query['state'] === 'expired' ? 'expired' : 'active';
  const tokens = useList('GET /organizations/{org}/assume-tokens', { params: { org: organization }, query: { state } });
  const sessionState: SessionState = state === 'active' ? 'active' : 'ended';
  const sessions = useList('GET /organizations/{org}/assume-sessions', {
    params: { org: organization },
    query: { state: sessionState },
  });
  const reload = (): void => {
    tokens.reload();
    sessions.reload();
  };
  const place = ['o', organization, 'assume-tokens'];
  // Nobody lends the users of another organisation, not even the platform's admins.
  const generate = organization === me.organization.slug && (
    <a class="button primary" href={href([...place, 'new'])}>
      Generate
    </a>
  );
  return (
    <Page
      title="Assume-user tokens"
      lead="Each lets a helper act as a user of this organisation, within bounds and for a time; everything done so is told."
      actions={generate}
    >
      <Tabs label="Assume-user tokens by state" tabs={tabs} current={state} path={place} />
      <Listing list={tokens} empty={<Empty state={state} />}>
        {(items) => <Tokens tokens={items} reload={reload} />}
      </Listing>
      <h2>{state === 'active' ? 'Who is in now' : 'Who was in'}</h2>
      <Listing
        list={sessions}
        empty={<p>{state === 'active' ? 'Nobody acts as another user now.' : 'Nobody did yet.'}</p>}
      >
        {(items) => <AssumeSessions sessions={items} reload={reload} />}
      </Listing>
    </Page>
  );
}

function Empty({ state }: { readonly state: State }) {
  if (state === 'expired') return <p>None has expired.</p>;
  return <p>There is none. Generate one when somebody from outside shall see what a user of yours sees.</p>;
}

function Tokens({ tokens, reload }: { readonly tokens: readonly AssumeToken[]; readonly reload: () => void }) {
  const [asked, setAsked] = useState<{ readonly token: AssumeToken; readonly action: 'expire' | 'delete' }>();
  const columns: readonly Column<AssumeToken>[] = [
    { title: 'As', cell: (token) => <Subject token={token} /> },
    { title: 'Scopes', cell: ({ scopes }) => <ScopeList scopes={scopes} most={4} /> },
    {
      title: 'For',
      cell: ({ allowed_actors: actors }) => (
        <span class="word">{actors.length === 0 ? 'Whoever redeems it first' : actors.join(', ')}</span>
      ),
    },
    { title: 'Expires', cell: ({ expires_at: at }) => <Instant at={at} /> },
    {
      title: 'Sessions',
      cell: ({ open_sessions: open }) => (open === 0 ? <span class="quiet">None open</span> : `${open} open`),
    },
    {
      title: 'Do',
      cell: (token) => (
        <div class="row-actions">
          {token.state === 'active' && (
            <button type="button" onClick={() => setAsked({ token, action: 'expire' })}>
              Expire
            </button>
          )}
          <button type="button" class="danger" onClick={() => setAsked({ token, action: 'delete' })}>
            Delete
          </button>
        </div>
      ),
    },
  ];
  return (
    <>
      <DataTable caption="Assume-user tokens" columns={columns} rows={tokens} keyOf={({ id }) => id} />
      {asked !== undefined && (
        <End
          {...asked}
          onClose={(isDone) => {
            setAsked(undefined);
            if (isDone) reload();
          }}
        />
      )}
    </>
  );
}

function Subject({ token }: { readonly token: AssumeToken }) {
  const { subject, issued_by: issuer, last_four: lastFour, reason } = token;
  return (
    <>
      {subject.username}
      <span class="below quiet">
        by {issuer.username}, ends in <code>{lastFour}</code>
        {token.read_only && ', reads only'}
      </span>
      {reason !== null && <span class="below">{reason}</span>}
      {token.discouraged && <span class="below warn">Has no end of its own</span>}
    </>
  );
}

function sessionsEnding(open: number): string {
  if (open === 0) return 'no session is open';
  return open === 1 ? 'one open session ends at once' : `${open} open sessions end at once`;
}

interface EndProps {
  readonly token: AssumeToken;
  readonly action: 'expire' | 'delete';
  readonly onClose: (isDone: boolean) => void;
}

function End({ token, action, onClose }: EndProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const params = { org: organization, id: token.id };
  const verb = action === 'expire' ? 'Expire' : 'Delete';
  const act = () =>
    action === 'expire'
      ? run('POST /organizations/{org}/assume-tokens/{id}/expire', { params })
      : run('DELETE /organizations/{org}/assume-tokens/{id}', { params });
  return (
    <Confirm
      title={`${verb} this assume-user token?`}
      verb={verb}
      busy={busy}
      problem={problem}
      act={act}
      onClose={onClose}
    >
      <p>
        Nobody acts as <strong>{token.subject.username}</strong> by it any more: {sessionsEnding(token.open_sessions)}.
        {action === 'expire' ? ' It stays listed as expired.' : ' It leaves the lists; the audit log keeps it.'}
      </p>
    </Confirm>
  );
}
