import { useList } from '../api/use-call.ts';
import { DataTable } from '../components/data-table.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ScopeList } from '../components/scope-list.tsx';
import { tokenColumns } from '../components/token-columns.tsx';
import { href } from '../router.ts';
import { useMay, useSession } from '../session.ts';

/** One's own tokens, and what one is signed in with. */
export function MyTokensPage() {
  const { me } = useSession();
  const may = useMay();
  const list = useList('GET /tokens', { query: { user_id: me.subject.id } });
  const columns = tokenColumns(({ id }) => ['my-tokens', id], { current: me.token.id, withOwner: false });
  const create = may('wayleave:self') && (
    <a class="button primary" href={href(['my-tokens', 'new'])}>
      Create token
    </a>
  );
  return (
    <Page title="My tokens" actions={create}>
      <Listing list={list} empty={<p>You have no tokens yet. Create one to call the services behind this gateway.</p>}>
        {(items) => (
          <DataTable caption="My tokens, newest first" columns={columns} rows={items} keyOf={({ id }) => id} />
        )}
      </Listing>
      <Session />
    </Page>
  );
}

function Session() {
  const { me } = useSession();
  const { subject, organization } = me;
  return (
    <Section title="What you are signed in with">
      <dl class="facts">
        <dt>User</dt>
        <dd>
          {subject.username} ({subject.kind === 'human' ? 'person' : 'service user'})
        </dd>
        <dt>Organisation</dt>
        <dd>
          {organization.slug}
          {me.platform && ', and every other as an admin of the platform'}
        </dd>
        <dt>Roles</dt>
        <dd>{me.granted_roles.length === 0 ? 'None granted' : me.granted_roles.join(', ')}</dd>
        <dt>May do now</dt>
        <dd>
          <ScopeList scopes={me.scopes} />
        </dd>
        {me.session !== null && (
          <>
            <dt>Session ends</dt>
            <dd>
              <Instant at={me.session.ends_at} />
            </dd>
          </>
        )}
      </dl>
    </Section>
  );
}
