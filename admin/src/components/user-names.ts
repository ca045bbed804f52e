import { useEffect, useState } from 'preact/hooks';
import { useSession } from '../session.ts';

/** Names that were asked for, by organisation and id; one page knows what another has asked. */
const known = new Map<string, string>();
const asked = new Set<string>();

/** Names of users by their ids, as far as they may be known; others are shown by their ids. */
export function useUserNames(ids: readonly (string | null)[]): (id: string) => string {
  const { client, me, organization } = useSession();
  const [, setRound] = useState(0);
  const keyOf = (id: string): string => `${organization} ${id}`;
  const wanted = [...new Set(ids)].filter((id): id is string => id !== null && !asked.has(keyOf(id)));
  useEffect(() => {
    const look = async (id: string): Promise<void> => {
      const outcome = await client.call('GET /organizations/{org}/users/{id}', { params: { org: organization, id } });
      if (outcome.kind !== 'answer') return;
      known.set(keyOf(id), outcome.body.username);
      setRound((past) => past + 1);
    };
    for (const id of wanted) {
      asked.add(keyOf(id));
      void look(id);
    }
  }, [wanted.join(' ')]);
  return (id) => (id === me.subject.id ? me.subject.username : (known.get(keyOf(id)) ?? id));
}
