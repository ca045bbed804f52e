import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { ProblemNote } from './problem-note.tsx';

interface Props {
  /** Resolves to what is wrong with the token, or to undefined once it is taken. */
  readonly signIn: (token: string) => Promise<Problem | undefined>;
  /** Why the session before this one ended. */
  readonly ended?: Problem;
}

/** The API speaks of headers; here it is what was pasted. */
const unknownToken = {
  title: 'The token is not valid',
  detail: 'This gateway does not know that token. Check that you copied all of it, and from the right gateway.',
};

export function SignIn({ signIn, ended }: Props) {
  const [problem, setProblem] = useState(ended);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);

  useLayoutEffect(() => {
    document.title = 'Sign in - Wayleave';
    field.current?.focus();
  }, []);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? '';
    if (token === '') {
      setProblem({ title: 'No token', detail: 'Paste an access token into the field.' });
      field.current?.focus();
      return;
    }
    setBusy(true);
    const refusal = await signIn(token);
    if (refusal === undefined) return;
    setBusy(false);
    setProblem(refusal.code === 'token_invalid' ? { ...refusal, ...unknownToken } : refusal);
    field.current?.select();
  };

  return (
    <main class="sign-in">
      <p class="wordmark">Wayleave</p>
      <form class="card" onSubmit={(event) => void submit(event)} novalidate>
        <h1>Sign in</h1>
        {problem && <ProblemNote problem={problem} />}
        <label for="token">Access token</label>
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
          It stays in this page’s memory and is gone when you close or reload the page.
        </p>
        <button type="submit" class="primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <section class="first-token" aria-labelledby="first-token">
        <h2 id="first-token">No token yet?</h2>
        <p>
          The first one comes from the machine the gateway runs on: <code>wayleave admin-token</code> prints it. The
          demo that <code>npm start</code> runs prints a token of its own.
        </p>
      </section>
    </main>
  );
}
