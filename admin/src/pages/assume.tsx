import { useRef, useState } from 'preact/hooks';
import type { AssumeSession } from '../api/calls.ts';
import type { Answer } from '../api/client.ts';
import { useAction, useCall, useList } from '../api/use-call.ts';
import { sessionsChanged } from '../components/assumed-banner.tsx';
import { DataTable, type Column } from '../components/data-table.tsx';
import { TextField } from '../components/field.tsx';
import { Instant } from '../components/instant.tsx';
import { Listing } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { SecretDialog, whoamiCommand } from '../components/secret-dialog.tsx';
import { endOfSession } from '../components/session-end.ts';
import { fieldProblem } from '../field-problems.ts';
import { href } from '../router.ts';
import { useSession } from '../session.ts';

/** Where a helper begins to act as a user who lent that right. */
export function AssumePage() {
  const { me } = useSession();
  const past = useList('GET /assume', { query: { state: 'ended' } });
  return (
    <Page
      title="Assume user"
      lead="With an assume-user token from an organisation you see what its user sees. Everything you do so is told to it."
    >
      <Section title="Redeem an assume-user token">
        {me.session?.began_with === 'enrolment_code' ? <NeedsToken /> : <Redeem />}
      </Section>
      <h2>Your sessions that have ended</h2>
      <Listing list={past} empty={<p>You have not acted as anybody yet.</p>}>
        {(items) => <DataTable caption="Ended sessions" columns={columns} rows={items} keyOf={({ id }) => id} />}
      </Listing>
    </Page>
  );
}

/** A session that assumes a user is derived from a token; whoever came with a code alone has none yet. */
function NeedsToken() {
  return (
    <>
      <p>
        You are signed in with an enrolment code. Acting as somebody else takes an access token of your own: it ends
        with that token, so the token has to be there first.
      </p>
      <ol class="to-do">
        <li>
          <a href={href(['my-tokens', 'new'], { for: 'assume' })}>Create a token</a> with the scope{' '}
          <code>wayleave:assume</code>, and save it.
        </li>
        <li>Sign out, sign in with that token, and come back to this page.</li>
      </ol>
    </>
  );
}

function Redeem() {
  const { lookThrough } = useSession();
  const settings = useCall('GET /settings', {});
  const { busy, problem, run } = useAction();
  const [reason, setReason] = useState('');
  const [opened, setOpened] = useState<Answer<'POST /assume'>>();
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    const body = { token, ...(reason.trim() !== '' && { reason: reason.trim() }) };
    const answer = await run('POST /assume', { body });
    if (answer === undefined) return;
    if (field.current !== null) field.current.value = '';
    setReason('');
    setOpened(answer);
    sessionsChanged();
  };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
      <div class="field">
        <label for="assume-token">Assume-user token</label>
        <input ref={field} id="assume-token" type="password" autocomplete="off" spellcheck={false} />
      </div>
      <TextField
        label="Reason"
        hint="Such as the number of the ticket. The organisation sees it."
        value={reason}
        maxLength={500}
        problem={fieldProblem(problem, 'reason')}
        onChange={setReason}
      />
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Beginning…' : 'Begin'}
        </button>
      </div>
      {opened !== undefined && (
        <SecretDialog
          title={`You act as ${opened.subject.username} of ${opened.organization.slug}`}
          secret={opened.token}
          note="Requests with this session’s token count as the user, and name you as who really acts. This console shows next what the user sees, to read alone."
          command={{
            label: 'To see that it works:',
            text: whoamiCommand(settings.body?.proxy_url ?? '', opened.token),
          }}
          onClose={() => lookThrough(opened.id)}
        />
      )}
    </form>
  );
}

const columns: readonly Column<AssumeSession>[] = [
  {
    title: 'As',
    cell: ({ subject, organization, reason }) => (
      <>
        {subject.username} <span class="quiet">of {organization}</span>
        {reason !== null && <span class="below quiet">{reason}</span>}
      </>
    ),
  },
  { title: 'Began', cell: ({ started_at: at }) => <Instant at={at} /> },
  { title: 'Ended', cell: ({ ended_at: at }) => <Instant at={at} /> },
  { title: 'Why', cell: ({ end_reason: why }) => why !== null && <span class="sentence">{endOfSession(why)}</span> },
];
