import { useState } from 'preact/hooks';
import type { User } from '../api/calls.ts';
import { useList } from '../api/use-call.ts';
import { Clamped } from '../components/clamped.tsx';
import { CreateUser } from '../components/create-user.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { TextField } from '../components/field.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { StateLabel } from '../components/state-label.tsx';
import { UserActions } from '../components/user-actions.tsx';
import { useUserNames } from '../components/user-names.ts';
import { changeQuery, href, usePlace } from '../router.ts';
import { useMay, useSession } from '../session.ts';

const words = {
  service: {
    title: 'Service users',
    lead: 'Machines, jobs and programs. Each has tokens and roles of its own.',
    create: 'Create service user',
    empty: 'There is no service user yet. Create one for each machine or job, then give it roles and a token.',
  },
  human: {
    title: 'People',
    lead: 'Who signs in and makes tokens of their own. A first credential is an enrolment code.',
    create: 'Add person',
    empty: 'There is nobody yet. Add a person, give roles, and send an enrolment code.',
  },
} as const;

/** The service users, or the people, of the organisation. */
export function UsersPage({ kind }: { readonly kind: User['kind'] }) {
  const { organization } = useSession();
  const may = useMay();
  const { query } = usePlace();
  const [isCreating, setCreating] = useState(false);
  const list = useList('GET /organizations/{org}/users', {
    params: { org: organization },
    query: { kind, search: query['search'] ?? '', ...(query['review'] === 'true' && { review: 'true' as const }) },
  });
  const { title, lead, create, empty } = words[kind];
  const button = may('wayleave:org:write') && (
    <button type="button" class="primary" onClick={() => setCreating(true)}>
      {create}
    </button>
  );
  return (
    <Page title={title} lead={lead} actions={button}>
      <Search key={query['search'] ?? ''} query={query} />
      <Listing list={list} empty={<p>{query['search'] ? 'Nobody of that name.' : empty}</p>}>
        {(items) => <Users users={items} kind={kind} reload={list.reload} />}
      </Listing>
      {isCreating && (
        <CreateUser
          kind={kind}
          onClose={(isDone) => {
            setCreating(false);
            if (isDone) list.reload();
          }}
        />
      )}
    </Page>
  );
}

function Search({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const [search, setSearch] = useState(query['search'] ?? '');
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        changeQuery({ ...query, search: search.trim() });
      }}
    >
      <TextField label="Search names" type="search" value={search} onChange={setSearch} />
      <button type="submit">Search</button>
    </form>
  );
}

interface UsersProps {
  readonly users: readonly User[];
  readonly kind: User['kind'];
  readonly reload: () => void;
}

function Users({ users, kind, reload }: UsersProps) {
  const { organization } = useSession();
  const may = useMay();
  const nameOf = useUserNames(users.map(({ owner }) => owner));
  const columns: Column<User>[] = [
    { title: 'Name', cell: (user) => <UserName user={user} /> },
    kind === 'service'
      ? { title: 'Owner', cell: ({ owner }) => <Owner name={owner === null ? undefined : nameOf(owner)} /> }
      : { title: 'E-mail', cell: ({ email }) => <Email email={email} /> },
    { title: 'State', cell: ({ status }) => <StateLabel state={status} /> },
    { title: 'Created', cell: ({ created_at: at }) => <Instant at={at} /> },
    {
      title: 'Has',
      cell: ({ id }) => (
        <>
          <a href={href(['o', organization, 'tokens'], { user_id: id })}>Tokens</a>{' '}
          <a href={href(['o', organization, 'authorizations'], { user_id: id })}>Roles</a>
        </>
      ),
    },
  ];
  if (may('wayleave:org:write')) {
    columns.push({ title: 'Do', cell: (user) => <UserActions user={user} reload={reload} /> });
  }
  return <DataTable caption={words[kind].title} columns={columns} rows={users} keyOf={({ id }) => id} />;
}

/** It breaks before its host, where it breaks. */
function Email({ email }: { readonly email: string | null }) {
  if (email === null) return <span class="quiet">None</span>;
  const [name = '', host = ''] = email.split(/(?=@)/, 2);
  return (
    <span class="email">
      {name}
      <wbr />
      {host}
    </span>
  );
}

function Owner({ name }: { readonly name: string | undefined }) {
  return <span class={name === undefined ? 'word quiet' : 'word'}>{name ?? 'Nobody'}</span>;
}

function UserName({ user: { username, name, purpose, review } }: { readonly user: User }) {
  return (
    <>
      {username}
      {name !== username && <Clamped text={name} />}
      {purpose !== null && <Clamped text={purpose} isQuiet />}
      {review !== null && (
        <span class="below warn">
          To review: its owner is {review.reason === 'owner_disabled' ? 'disabled' : 'deleted'}
        </span>
      )}
    </>
  );
}
