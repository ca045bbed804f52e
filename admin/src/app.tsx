import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from './api/calls.ts';
import type { Client, Problem } from './api/client.ts';
import { Shell } from './components/shell.tsx';
import { SignIn } from './pages/sign-in.tsx';
import { pageAt, startOf } from './pages.tsx';
import { usePlace } from './router.ts';
import { SessionContext } from './session.ts';

/** The console: signed out until the server says who is signed in, and again when it no longer does. */
export function App({ client }: { readonly client: Client }) {
  const [me, setMe] = useState<Me>();
  const [isKnown, setKnown] = useState(!client.maySignIn);
  const [ended, setEnded] = useState<Problem>();
  const place = usePlace();
  /** Pages that are of no organisation leave the choice as it was. */
  const last = useRef<string | undefined>(undefined);

  const lookWho = async (): Promise<Problem | undefined> => {
    const outcome = await client.call('GET /me', {});
    setKnown(true);
    if (outcome.kind === 'problem') return outcome.problem;
    setEnded(undefined);
    setMe(outcome.body);
    return undefined;
  };

  useEffect(() => {
    client.onSignedOut = (problem) => {
      setMe(undefined);
      setEnded(problem);
      last.current = undefined;
    };
    if (client.maySignIn) void lookWho().then((problem) => problem?.status !== 401 && setEnded(problem));
  }, [client]);

  const signOut = async (): Promise<void> => {
    await client.call('DELETE /session', {});
    client.signedOut();
    last.current = undefined;
    setMe(undefined);
    setEnded(undefined);
  };

  if (!isKnown) return null;
  if (me === undefined) return <SignIn client={client} onSignedIn={lookWho} ended={ended} />;
  const path = place.path.length === 0 ? startOf(me) : place.path;
  const { organization = last.current ?? me.organization.slug, page } = pageAt(path);
  last.current = organization;
  return (
    <SessionContext.Provider value={{ client, me, organization }}>
      <Shell path={path} signOut={() => void signOut()}>
        <div key={path.join('/')} class="page">
          {page}
        </div>
      </Shell>
    </SessionContext.Provider>
  );
}
