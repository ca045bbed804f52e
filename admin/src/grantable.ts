import { useCall, useList } from './api/use-call.ts';
import { useMay, useSession } from './session.ts';

/** Says why a scope cannot be given to a token of a user; undefined when it can. Undefined as a whole: not known yet. */
type Barred = (scope: string) => string | undefined;

/**
 * What a token of a user may be given: what the user's roles give, and what one's own credential holds. The server
 * judges it again; this spares people the refusal.
 */
export function useBarred(userId: string): Barred | undefined {
  const { me, organization } = useSession();
  const may = useMay();
  const isOwn = userId === me.subject.id;
  const everybodys = useCall('GET /settings', {}).body?.everybodys_scopes;
  const mayRead = may('wayleave:org:read');
  const granted = useList('GET /organizations/{org}/authorizations', {
    params: { org: organization },
    query: { user_id: userId, limit: '200' },
  });
  const projects = useCall('GET /projects', {});
  if (everybodys === undefined) return undefined;
  const notHeld: Barred = (scope) => (me.scopes.includes(scope) ? undefined : 'You do not hold it yourself');
  if (isOwn || !mayRead || granted.problem !== undefined || projects.problem !== undefined) return notHeld;
  if (granted.items === undefined || projects.body === undefined) return undefined;
  const owned = new Set(everybodys);
  for (const { project, roles } of granted.items) {
    const known = projects.body.items.find(({ id }) => id === project)?.roles ?? [];
    for (const { id, scopes } of known) if (roles.includes(id)) for (const scope of scopes) owned.add(scope);
  }
  return (scope) => notHeld(scope) ?? (owned.has(scope) ? undefined : 'The owner has no role that gives it');
}
