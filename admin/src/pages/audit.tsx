import { useState } from 'preact/hooks';
import type { AuditVerification } from '../api/calls.ts';
import { useAction, useList } from '../api/use-call.ts';
import { AuditTable } from '../components/audit-table.tsx';
import { TextField } from '../components/field.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { changeQuery, usePlace } from '../router.ts';
import { useSession } from '../session.ts';

const filters = [
  ['action', 'Action', 'Such as token.revoke'],
  ['target', 'What was changed', 'An id, such as tok_…'],
  ['actor', 'Who did it', 'The id of a user'],
  ['request_id', 'Request id', ''],
] as const;

/** Who changed what, newest first. */
export function AuditPage() {
  const { organization } = useSession();
  const { query } = usePlace();
  const given = Object.fromEntries(filters.flatMap(([name]) => (query[name] ? [[name, query[name]]] : [])));
  const list = useList('GET /audit', { query: { organization, ...given } });
  return (
    <Page title="Audit" lead={`Every change in ${organization}, in a chain that shows tampering.`} actions={<Verify />}>
      <Filters query={query} />
      <Listing list={list} empty={<p>Nothing matches. Take a filter away to see more.</p>}>
        {(items) => <AuditTable entries={items} />}
      </Listing>
    </Page>
  );
}

function Filters({ query }: { readonly query: Readonly<Record<string, string>> }) {
  const [wanted, setWanted] = useState(query);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    changeQuery(wanted);
  };
  return (
    <form class="filters" role="search" onSubmit={submit}>
      {filters.map(([name, label, hint]) => (
        <TextField
          key={name}
          label={label}
          placeholder={hint}
          value={wanted[name] ?? ''}
          onChange={(value) => setWanted({ ...wanted, [name]: value.trim() })}
        />
      ))}
      <button type="submit">Filter</button>
    </form>
  );
}

function Verify() {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [found, setFound] = useState<AuditVerification>();
  const verify = async (): Promise<void> => setFound(await run('POST /audit/verify', { body: { organization } }));
  return (
    <>
      <button type="button" aria-disabled={busy} onClick={() => void verify()}>
        {busy ? 'Verifying…' : 'Verify the chain'}
      </button>
      <div role="status">
        {found?.ok === true && <p class="good">Unbroken: {rowsOf(found)} rows</p>}
        {found?.ok === false && (
          <div class="note note-problem">
            <p class="note-title">{found.fault_count} faults</p>
            <ul>
              {found.faults.map(({ detail, seq }) => (
                <li key={`${seq}-${detail}`}>{detail}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
      {problem !== undefined && <ProblemNote problem={problem} />}
    </>
  );
}

function rowsOf({ organizations }: AuditVerification): string {
  return organizations.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en-GB');
}
