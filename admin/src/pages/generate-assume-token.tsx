import { useState } from 'preact/hooks';
import type { NewAssumeToken, Settings } from '../api/calls.ts';
import { useAction, useCall } from '../api/use-call.ts';
import { Checkbox, SelectField, TextField } from '../components/field.tsx';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { ScopePicker } from '../components/scope-picker.tsx';
import { SecretDialog } from '../components/secret-dialog.tsx';
import { UserPicker } from '../components/user-picker.tsx';
import { fieldProblem } from '../field-problems.ts';
import { useBarred } from '../grantable.ts';
import { go, href } from '../router.ts';
import { useSession } from '../session.ts';

/** Makes an assume-user token: as whom, what for, for how long and for whom. */
export function GenerateAssumeTokenPage() {
  const { organization } = useSession();
  const settings = useCall('GET /settings', {});
  const back = <a href={href(['o', organization, 'assume-tokens'])}>Back to the list</a>;
  return (
    <Page title="Generate an assume-user token" lead={back}>
      <Answered loaded={settings}>{(found) => <Form settings={found} />}</Answered>
    </Page>
  );
}

interface Draft {
  readonly subject: string;
  readonly validity: string;
  readonly reason: string;
  readonly actors: string;
  readonly readOnly: boolean;
  /** Empty: all that may be given. */
  readonly scopes: ReadonlySet<string>;
}

interface PartProps {
  readonly draft: Draft;
  readonly settings: Settings;
  readonly problem: ReturnType<typeof useAction>['problem'];
  readonly onChange: (change: Partial<Draft>) => void;
}

function Form({ settings }: { readonly settings: Settings }) {
  const { me, organization } = useSession();
  const { busy, problem, run } = useAction();
  const usual = settings.assume.lifetimes.find((one) => one === '8h') ?? settings.assume.lifetimes[0] ?? '';
  const [draft, setDraft] = useState<Draft>({
    subject: me.subject.id,
    validity: usual,
    reason: '',
    actors: '',
    readOnly: true,
    scopes: new Set(),
  });
  const [secret, setSecret] = useState<string>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const params = { org: organization };
    const made = await run('POST /organizations/{org}/assume-tokens', { params, body: wishOf(draft) });
    setSecret(made?.secret);
  };
  const leave = (): void => {
    setSecret(undefined);
    go(['o', organization, 'assume-tokens']);
  };
  const parts = { draft, settings, problem, onChange: (change: Partial<Draft>) => setDraft({ ...draft, ...change }) };
  return (
    <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
      <Whom {...parts} />
      <Powers {...parts} />
      <Bounds {...parts} />
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Generating…' : 'Generate'}
        </button>
      </div>
      {secret !== undefined && (
        <SecretDialog
          title="The assume-user token"
          secret={secret}
          note="Send it to the helper by a way that nobody else can read."
          command={{
            label: 'The helper redeems it under “Assume user” of this console, or with:',
            text: 'wayleave assume start',
          }}
          onClose={leave}
        />
      )}
    </form>
  );
}

function wishOf({ subject, validity, reason, actors, readOnly, scopes }: Draft): NewAssumeToken {
  const allowed = actors.split(/[\s,]+/).filter((one) => one !== '');
  return {
    validity,
    ...(subject !== '' && { subject_user_id: subject }),
    read_only: readOnly,
    ...(reason.trim() !== '' && { reason: reason.trim() }),
    ...(allowed.length > 0 && { allowed_actors: allowed }),
    ...(scopes.size > 0 && { scopes: [...scopes] }),
  };
}

function Whom({ draft, problem, onChange }: PartProps) {
  return (
    <Section title="As whom, and why">
      <UserPicker
        label="User that the helper acts as"
        hint="You, unless you choose somebody else."
        isActiveOnly
        value={draft.subject}
        problem={fieldProblem(problem, 'subject_user_id')}
        onChange={(subject) => onChange({ subject })}
      />
      <TextField
        label="Reason"
        hint="Such as the number of the ticket. It is told with everything that is done."
        value={draft.reason}
        maxLength={500}
        problem={fieldProblem(problem, 'reason')}
        onChange={(reason) => onChange({ reason })}
      />
    </Section>
  );
}

function Powers({ draft, settings, problem, onChange }: PartProps) {
  const { me } = useSession();
  const barred = useBarred(draft.subject === '' ? me.subject.id : draft.subject);
  const lendable = settings.scopes.filter(({ name }) => !name.startsWith('wayleave:'));
  return (
    <Section title="What the helper may do">
      <Checkbox
        label="Read only: no request that changes anything, and no WebSocket"
        checked={draft.readOnly}
        onChange={(readOnly) => onChange({ readOnly })}
      />
      <ScopePicker
        catalogue={lendable}
        chosen={draft.scopes}
        barred={barred ?? (() => 'Looking…')}
        problem={fieldProblem(problem, 'scopes')}
        none="None chosen: all that you and the user both have"
        onChange={(scopes) => onChange({ scopes })}
      />
    </Section>
  );
}

const words: Readonly<Record<string, string>> = {
  '2h': '2 hours',
  '8h': '8 hours',
  '12h': '12 hours',
  '24h': '24 hours',
  lifetime: 'Without an end of its own (discouraged)',
};

function Bounds({ draft, settings, problem, onChange }: PartProps) {
  return (
    <Section title="How long, and for whom">
      <SelectField
        label="Valid for"
        value={draft.validity}
        options={settings.assume.lifetimes.map((one) => [one, words[one] ?? one] as const)}
        problem={fieldProblem(problem, 'validity')}
        onChange={(validity) => onChange({ validity })}
      />
      <TextField
        label="Who may redeem it (optional)"
        hint="Organisations or ids of users. Empty: the organisation of whoever does so first."
        value={draft.actors}
        problem={fieldProblem(problem, 'allowed_actors')}
        onChange={(actors) => onChange({ actors })}
      />
    </Section>
  );
}
