import { useState } from 'preact/hooks';
import { AdminApi, type Me, type Problem } from './api.ts';
import { Account } from './components/account.tsx';
import { SignIn } from './components/sign-in.tsx';

interface Session {
  readonly api: AdminApi;
  readonly me: Me;
}

/** The console: signed out until a token proves good, and again when it no longer is. */
export function App() {
  const [session, setSession] = useState<Session>();
  const [ended, setEnded] = useState<Problem>();

  const signIn = async (token: string): Promise<Problem | undefined> => {
    const api = new AdminApi(token);
    const outcome = await api.me();
    if (outcome.kind === 'problem') return outcome.problem;
    setEnded(undefined);
    setSession({ api, me: outcome.body });
    return undefined;
  };
  const signOut = (problem?: Problem): void => {
    setEnded(problem);
    setSession(undefined);
  };

  if (session === undefined) return <SignIn signIn={signIn} {...(ended && { ended })} />;
  return <Account api={session.api} me={session.me} signOut={signOut} />;
}
