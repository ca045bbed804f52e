import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me } from './api/calls.ts';
import type { Client } from './api/client.ts';

/** What every page has of the session. */
export interface Session {
  readonly client: Client;
  readonly me: Me;
  /** The organisation whose pages are shown: an id or a slug. */
  readonly organization: string;
  /** Shows the console as the user whom a session assumes, or with undefined as oneself again. */
  readonly lookThrough: (sessionId: string | undefined) => void;
}

export const SessionContext = createContext<Session | undefined>(undefined);

/** The session; pages are shown within one alone. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('a page is shown without a session');
  return session;
}

/** Says whether the session holds a scope. */
export function useMay(): (scope: string) => boolean {
  const { me } = useSession();
  return (scope) => me.scopes.includes(scope);
}
