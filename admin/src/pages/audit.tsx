import { useState } from 'preact/hooks';
import type { AuditVerification } from '../api/calls.ts';
import type { Problem } from '../api/client.ts';
import { useAction, useList } from '../api/use-call.ts';
import { AuditFilters, auditQueryOf, type AuditQuery } from '../components/audit-filters.tsx';
import { AuditTable } from '../components/audit-table.tsx';
import { Listing } from '../components/listing.tsx';
import { Page } from '../components/page.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { usePlace } from '../router.ts';
import { useSession } from '../session.ts';

/** Who changed what, newest first. */
export function AuditPage() {
  const { me, organization } = useSession();
  const { query } = usePlace();
  const wanted = auditQueryOf(query, organization);
  const list = useList('GET /audit', { query: wanted });
  const verification = useVerification();
  const download = useDownload(wanted);
  const actions = (
    <>
      <button type="button" aria-disabled={download.busy} onClick={() => void download.run()}>
        {download.busy ? 'Exporting…' : 'Export'}
      </button>
      {me.actor === null && (
        <button type="button" aria-disabled={verification.busy} onClick={() => void verification.run()}>
          {verification.busy ? 'Verifying…' : 'Verify the chain'}
        </button>
      )}
    </>
  );
  const problem = download.problem ?? verification.problem;
  return (
    <Page title="Audit" lead={`Every change in ${organization}, in a chain that shows tampering.`} actions={actions}>
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div role="status">{verification.found !== undefined && <Verified found={verification.found} />}</div>
      <AuditFilters key={JSON.stringify(query)} query={query} />
      <Listing list={list} empty={<p>Nothing matches. Take a filter away to see more.</p>}>
        {(items) => <AuditTable entries={items} />}
      </Listing>
    </Page>
  );
}

function useVerification() {
  const { organization } = useSession();
  const { busy, problem, run } = useAction();
  const [found, setFound] = useState<AuditVerification>();
  return {
    busy,
    problem,
    found,
    run: async () => setFound(await run('POST /audit/verify', { body: { organization } })),
  };
}

function Verified({ found: { ok, organizations, fault_count: count, faults } }: { readonly found: AuditVerification }) {
  const rows = organizations.reduce((sum, one) => sum + one.rows, 0).toLocaleString('en-GB');
  if (ok) {
    return (
      <div class="note note-good">
        <p class="note-title">The chain is unbroken</p>
        <p>{rows} rows were checked.</p>
      </div>
    );
  }
  return (
    <div class="note note-problem">
      <p class="note-title">
        {count} {count === 1 ? 'fault' : 'faults'} in {rows} rows
      </p>
      <ul>
        {faults.map(({ detail, seq }) => (
          <li key={`${seq}-${detail}`}>{detail}</li>
        ))}
      </ul>
    </div>
  );
}

/** Saves what the filters let through as a file, as the API gives it: signed, so that the CLI can verify it. */
function useDownload(query: AuditQuery) {
  const { client, organization } = useSession();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    const outcome = await client.download('GET /audit/export', { query });
    setBusy(false);
    setProblem(outcome.kind === 'problem' ? outcome.problem : undefined);
    if (outcome.kind === 'answer') save(outcome.body, `audit-${organization}.jsonl`);
  };
  return { busy, problem, run };
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
