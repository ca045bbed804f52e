import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from './api/calls.ts';
import type { Client, Problem } from './api/client.ts';
import { ProblemNote } from './components/problem-note.tsx';
import { Shell } from './components/shell.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { pageAt, startOf } from './pages.tsx';
import { go, usePlace } from './router.ts';
import { SessionContext } from './session.ts';

/** The console: signed out until the server says who is signed in, and again when it no longer does. */
export function App({ client }: { readonly client: Client }) {
  const { me, isKnown, ended, lookWho, forgetEnd, signOut } = useWho(client);
  const place = usePlace();
  useEffect(forgetEnd, [place]);
  /** Pages that are of no organisation leave the choice as it was. */
  const last = useRef<string | undefined>(undefined);

  const lookThrough = async (sessionId: string | undefined): Promise<void> => {
    client.lookThrough(sessionId);
    last.current = undefined;
    await lookWho();
    go(sessionId === undefined ? ['assume'] : []);
  };

  if (!isKnown) return null;
  if (me === undefined) {
    last.current = undefined;
    return <SignIn client={client} onSignedIn={lookWho} ended={ended} />;
  }
  const path = place.path.length === 0 ? startOf(me) : place.path;
  const { organization = last.current ?? me.organization.slug, page } = pageAt(path);
  last.current = organization;
  return (
    <SessionContext.Provider
      value={{ client, me, organization, lookThrough: (sessionId) => void lookThrough(sessionId) }}
    >
      <Shell path={path} signOut={() => void signOut()}>
        <div key={[me.token.id, ...path].join('/')} class="page">
          {ended !== undefined && <ProblemNote problem={ended} />}
          {page}
        </div>
      </Shell>
    </SessionContext.Provider>
  );
}

/** Who is signed in, and as whom they look. */
function useWho(client: Client) {
  const [me, setMe] = useState<Me>();
  const [isKnown, setKnown] = useState(!client.maySignIn);
  const [ended, setEnded] = useState<Problem>();

  const lookWho = async (): Promise<Problem | undefined> => {
    const outcome = await client.call('GET /me', {});
    // Refused as an assumed user alone: who one is oneself is asked next.
    setKnown((past) => past || outcome.kind === 'answer' || outcome.problem.status !== 401 || !client.maySignIn);
    if (outcome.kind === 'problem') return outcome.problem;
    setEnded(undefined);
    setMe(outcome.body);
    return undefined;
  };

  useEffect(() => {
    client.onSignedOut = (problem) => {
      setMe(undefined);
      setEnded(problem);
    };
    client.onAssumedEnded = (problem) => {
      go(['assume']);
      void lookWho().then((other) => setEnded(other ?? problem));
    };
    if (client.maySignIn) void lookWho().then((problem) => problem?.status !== 401 && setEnded(problem));
  }, [client]);

  const signOut = async (): Promise<void> => {
    await client.call('DELETE /session', {});
    client.signedOut();
    setMe(undefined);
    setEnded(undefined);
  };

  const forgetEnd = (): void => {
    if (me !== undefined) setEnded(undefined);
  };

  return { me, isKnown, ended, lookWho, forgetEnd, signOut };
}
