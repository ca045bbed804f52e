import { useState } from 'preact/hooks';
import type { Organization } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { DataTable, type Column } from '../components/data-table.tsx';
import { TextField } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { OrganizationActions } from '../components/organization-actions.tsx';
import { Page } from '../components/page.tsx';
import { StateLabel } from '../components/state-label.tsx';
import { fieldProblem } from '../field-problems.ts';
import { go, href } from '../router.ts';
import { useSession } from '../session.ts';

const columns: readonly Column<Organization>[] = [
  {
    title: 'Name',
    cell: ({ slug, name }) => (
      <>
        <a href={href(['o', slug, 'overview'])}>{slug}</a>
        <span class="below">{name}</span>
      </>
    ),
  },
  { title: 'State', cell: ({ status }) => <StateLabel state={status} /> },
  { title: 'Created', cell: ({ created_at: at }) => <Instant at={at} /> },
];

function actionsOf(reload: () => void): Column<Organization> {
  return {
    title: 'Do',
    cell: (organization) => <OrganizationActions organization={organization} reload={reload} />,
  };
}

/** Where the platform's admins choose whose pages they see. */
export function OrganizationsPage() {
  const { me } = useSession();
  const list = useList('GET /organizations', {});
  const [isCreating, setCreating] = useState(false);
  const create = me.platform && (
    <button type="button" class="primary" onClick={() => setCreating(true)}>
      Create organisation
    </button>
  );
  return (
    <Page title="Organisations" lead="Choose whose tokens and users you see." actions={create}>
      <Listing list={list} empty={<p>There is no organisation yet.</p>}>
        {(items) => (
          <DataTable
            caption="Organisations"
            columns={me.platform ? [...columns, actionsOf(list.reload)] : columns}
            rows={items}
            keyOf={({ id }) => id}
          />
        )}
      </Listing>
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </Page>
  );
}

function CreateDialog({ onClose }: { readonly onClose: () => void }) {
  const action = useAction();
  const [slug, setSlug] = useState('');
  const [name, setName] = useState('');
  const submit = async (): Promise<void> => {
    const body = { slug: slug.trim(), name: name.trim() || slug.trim() };
    const made = await action.run('POST /organizations', { body });
    if (made !== undefined) go(['o', made.slug, 'overview']);
  };
  return (
    <FormDialog
      title="Create an organisation"
      verb="Create"
      busyVerb="Creating…"
      action={action}
      submit={submit}
      onClose={onClose}
    >
      <TextField
        label="Short name"
        hint="Stands in addresses and commands, such as acme."
        value={slug}
        problem={fieldProblem(action.problem, 'slug')}
        onChange={setSlug}
      />
      <TextField
        label="Full name (optional)"
        value={name}
        problem={slug.trim() === '' ? undefined : fieldProblem(action.problem, 'name')}
        onChange={setName}
      />
    </FormDialog>
  );
}
