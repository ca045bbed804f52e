import { useState } from 'preact/hooks';
import type { Settings } from '../api/calls.ts';
import { useAction, useCall, useList } from '../api/use-call.ts';
import { Answered } from '../components/listing.tsx';
import { Page, Section } from '../components/page.tsx';
import { ProblemNote } from '../components/problem-note.tsx';
import { SecretDialog, whoamiCommand } from '../components/secret-dialog.tsx';
import { Bounds, emptyDraft, Powers, Purpose, wishOf, type TokenDraft } from '../components/token-draft.tsx';
import { nobodyKnown } from '../components/user-combobox.ts';
import { UserPicker } from '../components/user-picker.tsx';
import { go, href, usePlace } from '../router.ts';
import { useSession } from '../session.ts';

/** Makes a token: who it is of, what it may do, how long and from where. */
export function CreateTokenPage({ isOwn = false }: { readonly isOwn?: boolean }) {
  const { me, organization } = useSession();
  const { query } = usePlace();
  const settings = useCall('GET /settings', {});
  const [userId, setUserId] = useState(isOwn ? me.subject.id : (query['user_id'] ?? ''));
  const listPath = isOwn ? ['my-tokens'] : ['o', organization, 'tokens'];
  return (
    <Page title="Create token" lead={<a href={href(listPath)}>Back to the list</a>}>
      <Answered loaded={settings}>
        {(found) => (
          <>
            {!isOwn && <Owner userId={userId} onChange={setUserId} />}
            {userId !== '' && userId !== nobodyKnown && (
              <TokenForm
                key={userId}
                userId={userId}
                first={query['for'] === 'assume' ? forAssuming : emptyDraft}
                settings={found}
                listPath={listPath}
              />
            )}
          </>
        )}
      </Answered>
    </Page>
  );
}

function Owner({ userId, onChange }: { readonly userId: string; readonly onChange: (id: string) => void }) {
  const { organization } = useSession();
  const any = useList('GET /organizations/{org}/users', {
    params: { org: organization },
    query: { kind: 'service', limit: '1' },
  });
  return (
    <Section title="Who it is of">
      {any.problem !== undefined && <ProblemNote problem={any.problem} again={any.reload} />}
      {any.items?.length === 0 ? (
        <p>
          There is no service user yet. <a href={href(['o', organization, 'service-users'])}>Create one</a> first: a
          token here belongs to a machine, and people make their own.
        </p>
      ) : (
        <UserPicker
          label="Service user"
          hint="Nobody makes a token of another person; people make their own under “My tokens”."
          kind="service"
          isActiveOnly
          value={userId}
          onChange={onChange}
        />
      )}
    </Section>
  );
}

/** A token that redeems assume-user tokens, and shows the one who signs in with it what it is. */
const forAssuming: TokenDraft = {
  ...emptyDraft,
  name: 'assume users',
  scopes: new Set(['wayleave:assume', 'wayleave:self']),
};

interface FormProps {
  readonly userId: string;
  /** What the form begins with. */
  readonly first: TokenDraft;
  readonly settings: Settings;
  readonly listPath: readonly string[];
}

function TokenForm({ userId, first, settings, listPath }: FormProps) {
  const { me } = useSession();
  const { busy, problem, run } = useAction();
  const [draft, setDraft] = useState<TokenDraft>(first);
  const [made, setMade] = useState<{ readonly id: string; readonly secret: string }>();

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const body = { ...(userId !== me.subject.id && { user_id: userId }), ...wishOf(draft) };
    const answer = await run('POST /tokens', { body });
    if (answer !== undefined) setMade({ id: answer.token.id, secret: answer.secret });
  };
  const leave = (): void => {
    const id = made?.id ?? '';
    setMade(undefined);
    go([...listPath, id]);
  };
  const parts = {
    draft,
    settings,
    problem,
    onChange: (change: Partial<TokenDraft>) => setDraft({ ...draft, ...change }),
  };

  return (
    <form class="stack" onSubmit={(event) => void submit(event)} novalidate>
      <Purpose {...parts} />
      <Powers {...parts} userId={userId} />
      <Bounds {...parts} />
      {problem !== undefined && <ProblemNote problem={problem} />}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Creating…' : 'Create token'}
        </button>
      </div>
      {made !== undefined && (
        <SecretDialog
          title="Your new token"
          secret={made.secret}
          command={{ label: 'To see that it works:', text: whoamiCommand(settings.proxy_url, made.secret) }}
          onClose={leave}
        />
      )}
    </form>
  );
}
