import { useEffect, useState } from 'preact/hooks';
import type { User } from '../api/calls.ts';
import { useCall } from '../api/use-call.ts';
import { useSession } from '../session.ts';

const shownMax = 20;
/** Until somebody who types has paused. */
const pauseMs = 150;

interface Found {
  readonly users: readonly User[];
  /** How it stands, for everybody to read. */
  readonly says: string;
}

/** The users whose username or name holds a text. @param text undefined: not asked for now */
export function useFoundUsers(text: string | undefined, kind: User['kind'] | undefined, isActiveOnly: boolean): Found {
  const { organization } = useSession();
  const wanted = usePaused(text?.trim());
  const { body, problem, busy } = useCall(
    'GET /organizations/{org}/users',
    wanted === undefined ? undefined : { params: { org: organization }, query: queryOf(wanted, kind) },
  );
  if (text === undefined) return { users: [], says: '' };
  if (problem !== undefined) return { users: [], says: `${problem.title}: ${problem.detail}` };
  if (body === undefined || busy || wanted !== text.trim()) return { users: [], says: 'Searching…' };
  const users = body.items.filter((user) => isTaken(user, isActiveOnly));
  return { users, says: countOf(users.length, body.next_cursor !== null) };
}

/** Finds who is named so; undefined: nobody is. */
export function useLookUp(
  kind: User['kind'] | undefined,
  isActiveOnly: boolean,
): (username: string) => Promise<User | undefined> {
  const { client, organization } = useSession();
  return async (username) => {
    const wish = { params: { org: organization }, query: queryOf(username, kind) };
    const outcome = await client.call('GET /organizations/{org}/users', wish);
    if (outcome.kind === 'problem') return undefined;
    return outcome.body.items.find((user) => user.username === username && isTaken(user, isActiveOnly));
  };
}

function queryOf(search: string, kind: User['kind'] | undefined) {
  return { limit: String(shownMax), search, ...(kind !== undefined && { kind }) };
}

function isTaken({ status }: User, isActiveOnly: boolean): boolean {
  return !isActiveOnly || status === 'active';
}

function countOf(count: number, isMore: boolean): string {
  if (isMore) return `The first ${count}. Type more of the name to find others.`;
  if (count === 0) return 'Nobody of that name.';
  return count === 1 ? 'One found.' : `${count} found.`;
}

/** A text once it has not changed for a moment; the first one, and none, at once. */
function usePaused(text: string | undefined): string | undefined {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    if (text === undefined || paused === undefined) {
      setPaused(text);
      return undefined;
    }
    const timer = setTimeout(() => setPaused(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
