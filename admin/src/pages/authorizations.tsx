import { useState } from 'preact/hooks';
import type { Authorization } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { Confirm } from '../components/confirm.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { GrantRoles } from '../components/grant-roles.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { useUserNames } from '../components/user-names.ts';
import { changeQuery, usePlace } from '../router.ts';
import { useMay, useSession } from '../session.ts';

/** Who has which roles. */
export function AuthorizationsPage() {
  const { organization } = useSession();
  const may = useMay();
  const { query } = usePlace();
  const userId = query['user_id'];
  const nameOf = useUserNames(userId === undefined ? [] : [userId]);
  const [isGranting, setGranting] = useState(false);
  const list = useList('GET /organizations/{org}/authorizations', {
    params: { org: organization },
    query: { ...(userId !== undefined && { user_id: userId }) },
  });
  const grant = may('wayleave:org:write') && (
    <button type="button" class="primary" onClick={() => setGranting(true)}>
      Grant roles
    </button>
  );
  return (
    <Page
      title="Authorizations"
      lead="Roles that users have in projects. A token does what its owner’s roles allow."
      actions={grant}
    >
      {userId !== undefined && (
        <p class="actions">
          <span>
            Only those of <strong>{nameOf(userId)}</strong>.
          </span>
          <button type="button" onClick={() => changeQuery({})}>
            Show every user
          </button>
        </p>
      )}
      <Listing
        list={list}
        empty={<p>No roles are granted{userId === undefined ? '' : ' to this user'} yet. Grant some.</p>}
      >
        {(items) => <Granted items={items} reload={list.reload} />}
      </Listing>
      {isGranting && (
        <GrantRoles
          userId={userId ?? ''}
          onClose={(isDone) => {
            setGranting(false);
            if (isDone) list.reload();
          }}
        />
      )}
    </Page>
  );
}

function Granted({ items, reload }: { readonly items: readonly Authorization[]; readonly reload: () => void }) {
  const may = useMay();
  const nameOf = useUserNames(items.map(({ user_id: id }) => id));
  const [asked, setAsked] = useState<Authorization>();
  const columns: Column<Authorization>[] = [
    { title: 'User', cell: ({ user_id: id }) => nameOf(id) },
    { title: 'Project', cell: ({ project }) => <span class="word">{project}</span> },
    { title: 'Roles', cell: (one) => <Roles authorization={one} /> },
    { title: 'Since', cell: ({ created_at: at }) => <Instant at={at} /> },
  ];
  if (may('wayleave:org:write')) {
    columns.push({
      title: 'Do',
      cell: (one) => (
        <button type="button" class="danger" onClick={() => setAsked(one)}>
          Take away
        </button>
      ),
    });
  }
  return (
    <>
      <DataTable caption="Authorizations" columns={columns} rows={items} keyOf={({ id }) => id} />
      {asked !== undefined && (
        <TakeAway
          authorization={asked}
          username={nameOf(asked.user_id)}
          onClose={(isDone) => {
            setAsked(undefined);
            if (isDone) reload();
          }}
        />
      )}
    </>
  );
}

function Roles({ authorization: { roles, dangling_roles: dangling } }: { readonly authorization: Authorization }) {
  return (
    <>
      {roles.join(', ')}
      {dangling.length > 0 && <span class="below warn">No longer in gateway.yaml: {dangling.join(', ')}</span>}
    </>
  );
}

interface TakeAwayProps {
  readonly authorization: Authorization;
  readonly username: string;
  readonly onClose: (isDone: boolean) => void;
}

function TakeAway({ authorization: { id, project, roles }, username, onClose }: TakeAwayProps) {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  return (
    <Confirm
      title={`Take roles away from ${username}?`}
      verb="Take away"
      busy={busy}
      problem={problem}
      act={() => run('DELETE /organizations/{org}/authorizations/{id}', { params: { org: organization, id } })}
      onClose={onClose}
    >
      <p>
        {username} loses {roles.join(', ')} in {project}. The tokens of {username} lose at once what these roles gave.
      </p>
    </Confirm>
  );
}
