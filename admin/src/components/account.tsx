import { useLayoutEffect, useRef } from 'preact/hooks';
import type { AdminApi, Me, Problem } from '../api.ts';
import { Instant } from './instant.tsx';
import { ScopeList } from './scope-list.tsx';
import { TokenList } from './token-list.tsx';

interface Props {
  readonly api: AdminApi;
  readonly me: Me;
  readonly signOut: (problem?: Problem) => void;
}

/** Who is signed in, what the token may do, and the person's tokens. */
export function Account({ api, me, signOut }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { subject, organization } = me;

  useLayoutEffect(() => {
    document.title = 'My tokens - Wayleave';
    heading.current?.focus();
  }, []);

  return (
    <>
      <header class="bar">
        <p class="wordmark">Wayleave</p>
        <p class="who">
          <span class="who-name">{subject.username}</span> <span class="quiet">in {organization.slug}</span>
        </p>
        <button type="button" onClick={() => signOut()}>
          Sign out
        </button>
      </header>
      <main class="page">
        <h1 ref={heading} tabIndex={-1}>
          My tokens
        </h1>
        <TokenList api={api} me={me} signOut={signOut} />
        <section class="card" aria-labelledby="this-token">
          <h2 id="this-token">The token you are signed in with</h2>
          <dl class="facts">
            <dt>User</dt>
            <dd>
              {subject.username} ({subject.kind === 'human' ? 'person' : 'service user'})
            </dd>
            <dt>Organisation</dt>
            <dd>
              {organization.slug}
              {me.platform && ', and every other as an admin of the platform'}
            </dd>
            <dt>Roles</dt>
            <dd>{me.granted_roles.length === 0 ? 'None granted' : me.granted_roles.join(', ')}</dd>
            <dt>May do now</dt>
            <dd>
              <ScopeList scopes={me.scopes} />
            </dd>
            <dt>Expires</dt>
            <dd>
              <Instant at={me.expires_at} />
            </dd>
          </dl>
        </section>
      </main>
    </>
  );
}
