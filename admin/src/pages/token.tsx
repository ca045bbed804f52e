import { useState } from 'preact/hooks';
import type { Token } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { Instant } from '../components/instant.tsx';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ScopeList } from '../components/scope-list.tsx';
import { StateLabel } from '../components/state-label.tsx';
import { LastUse } from '../components/token-columns.tsx';
import { TokenActions } from '../components/token-actions.tsx';
import { TokenConnections } from '../components/token-connections.tsx';
import { TokenHistory } from '../components/token-history.tsx';
import { TokenUsage } from '../components/token-usage.tsx';
import { EditScopes } from '../components/edit-scopes.tsx';
import { href } from '../router.ts';
import { useMay, useSession } from '../session.ts';

/** A token: what it is, what it may do, how it is used, and what can be done to it. */
export function TokenPage({ id, isOwn = false }: { readonly id: string; readonly isOwn?: boolean }) {
  const { organization } = useSession();
  const loaded = useCall('GET /tokens/{id}', { params: { id } });
  const listPath = isOwn ? ['my-tokens'] : ['o', organization, 'tokens'];
  return (
    <Page title={loaded.body?.name ?? 'Token'} lead={<a href={href(listPath)}>Back to the list</a>}>
      <Answered loaded={loaded}>
        {(token) => <Parts token={token} reload={loaded.reload} listPath={listPath} />}
      </Answered>
    </Page>
  );
}

interface PartsProps {
  readonly token: Token;
  readonly reload: () => void;
  readonly listPath: readonly string[];
}

function Parts({ token, reload, listPath }: PartsProps) {
  const { me } = useSession();
  const may = useMay();
  const mayWrite = may('wayleave:tokens:write') || (token.user_id === me.subject.id && may('wayleave:self'));
  return (
    <>
      <Section title="Facts">
        <Facts token={token} />
        {mayWrite && <TokenActions token={token} reload={reload} listPath={listPath} />}
      </Section>
      <Scopes token={token} reload={reload} mayWrite={mayWrite} />
      {may('wayleave:usage:read') && <TokenUsage tokenId={token.id} />}
      <TokenConnections tokenId={token.id} />
      {may('wayleave:audit:read') && <TokenHistory token={token} />}
    </>
  );
}

function Facts({ token }: { readonly token: Token }) {
  const { rotation, allowed_ips: addresses } = token;
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <StateLabel state={token.state} />
      </dd>
      <dt>Owner</dt>
      <dd>{token.username}</dd>
      {token.purpose !== null && (
        <>
          <dt>Purpose</dt>
          <dd>{token.purpose}</dd>
        </>
      )}
      <dt>Secret</dt>
      <dd>
        ends in <code>{token.last_four}</code>
      </dd>
      <dt>Created</dt>
      <dd>
        <Instant at={token.created_at} />
      </dd>
      <dt>Expires</dt>
      <dd>
        <Instant at={token.expires_at} />
      </dd>
      <dt>Last used</dt>
      <dd>
        <LastUse token={token} />
      </dd>
      <dt>Usable from</dt>
      <dd>{addresses.length === 0 ? 'Any address' : addresses.join(', ')}</dd>
      {rotation !== null && (
        <>
          <dt>Replaced secret</dt>
          <dd>
            ends in <code>{rotation.old_last_four}</code>, works until <Instant at={rotation.until} />, used{' '}
            {timesOf(rotation.old_calls)} since
          </dd>
        </>
      )}
      <dt>Id</dt>
      <dd>
        <code>{token.id}</code>
      </dd>
    </dl>
  );
}

function timesOf(calls: number): string {
  if (calls === 0) return 'not at all';
  return calls === 1 ? 'once' : `${calls.toLocaleString('en-GB')} times`;
}

function Scopes({
  token,
  reload,
  mayWrite,
}: {
  readonly token: Token;
  readonly reload: () => void;
  readonly mayWrite: boolean;
}) {
  const [isEditing, setEditing] = useState(false);
  const canEdit = mayWrite && (token.state === 'active' || token.state === 'disabled');
  const edit = canEdit && (
    <button type="button" onClick={() => setEditing(true)}>
      Edit scopes
    </button>
  );
  return (
    <Section title="Scopes" actions={edit}>
      <ScopeList scopes={token.scopes} />
      {isEditing && (
        <EditScopes
          token={token}
          onClose={(isDone) => {
            setEditing(false);
            if (isDone) reload();
          }}
        />
      )}
    </Section>
  );
}
