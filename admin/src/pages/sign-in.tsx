import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Client, Problem } from '../api/client.ts';
import { ProblemNote } from '../components/problem-note.tsx';

interface Props {
  readonly client: Client;
  /** Resolves to what stands in the way once the server has begun a session. */
  readonly onSignedIn: () => Promise<Problem | undefined>;
  /** Why the session before this one ended. */
  readonly ended: Problem | undefined;
}

const nothing = { title: 'No token', detail: 'Paste an access token or an enrolment code into the field.' };

export function SignIn({ client, onSignedIn, ended }: Props) {
  const [problem, setProblem] = useState(ended);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => setProblem(ended), [ended]);
  useLayoutEffect(() => {
    document.title = 'Sign in - Wayleave';
    field.current?.focus();
  }, []);

  const begin = async (secret: string): Promise<Problem | undefined> => {
    const isCode = /^[a-z0-9]+_enr_/.test(secret);
    const outcome = isCode
      ? await client.call('POST /enrol', { body: { code: secret } })
      : await client.call('POST /session', { body: { token: secret } });
    if (outcome.kind === 'problem') return outcome.problem;
    if (!('page_key' in outcome.body)) return undefined;
    client.signedIn(outcome.body.page_key);
    return onSignedIn();
  };

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const secret = field.current?.value.trim() ?? '';
    if (busy) return;
    setBusy(true);
    const refusal = secret === '' ? nothing : await begin(secret);
    if (refusal === undefined) return;
    setBusy(false);
    setProblem(refusal);
    field.current?.select();
  };

  return (
    <main class="sign-in">
      <p class="wordmark">Wayleave</p>
      <form class="card" onSubmit={(event) => void submit(event)} novalidate>
        <h1>Sign in</h1>
        {problem && <ProblemNote problem={problem} />}
        <label for="token">Access token or enrolment code</label>
        <input
          ref={field}
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          aria-describedby="token-hint"
          aria-invalid={problem !== undefined}
        />
        <p id="token-hint" class="quiet">
          It is sent once and not kept here: this browser gets a session, which ends after an hour without use.
        </p>
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <FirstToken />
    </main>
  );
}

function FirstToken() {
  return (
    <section class="first-token" aria-labelledby="first-token">
      <h2 id="first-token">No token yet?</h2>
      <p>An admin of your organisation can give you an enrolment code, which works here once.</p>
      <p>
        The very first token comes from the machine the gateway runs on: <code>wayleave admin-token</code> prints it.
        The demo that <code>npm start</code> runs prints a token of its own.
      </p>
    </section>
  );
}
