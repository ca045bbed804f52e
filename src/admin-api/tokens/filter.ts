import type { z } from '@hono/zod-openapi';
import { isPlatformCaller, maySeeOrganization, maySeeReference, type Caller } from '../caller.ts';
import type { AdminDeps, AdminStores } from '../context.ts';
import { lacking } from '../guard.ts';
import { defined } from '../http/defined.ts';
import { notFound } from '../http/problem-response.ts';
import type { TokenFilter } from '../ports/tokens.ts';
import type { Found } from './access.ts';
import type { tokenQuery } from './schema.ts';

type Query = Omit<z.output<typeof tokenQuery>, 'limit' | 'cursor' | 'sort'> & { readonly ended_for?: number };
type FilterDeps = Pick<AdminDeps, 'stores' | 'clock'>;
type FoundFilter = Found<TokenFilter, 'not_found' | 'insufficient_scope'>;

/**
 * Which tokens a call is about: what was asked for, as far as the caller may see it.
 * @param wide the scope that reaches further than one's own tokens
 */
export async function tokenFilter(
  query: Query,
  caller: Caller,
  deps: FilterDeps,
  wide: 'wayleave:tokens:read' | 'wayleave:tokens:write' = 'wayleave:tokens:read',
): Promise<FoundFilter> {
  const { stores, clock } = deps;
  const { state, search, review, organization: reference, user_id: userId } = query;
  const ago = (durationMs: number | undefined) => (durationMs === undefined ? undefined : clock.now() - durationMs);
  const unusedSinceMs = ago(query.unused_for);
  const endedBeforeMs = ago(query.ended_for);
  const expiresBeforeMs = query.expires_before === undefined ? undefined : Date.parse(query.expires_before);
  const wanted = defined({ state, search, review, expiresBeforeMs, unusedSinceMs, endedBeforeMs });
  if (reference !== undefined && !maySeeReference(caller, reference)) return missing('organisation', reference);
  if (!caller.scopes.has(wide)) {
    if (userId !== undefined && userId !== caller.subject.id) {
      return { kind: 'refused', problem: lacking([wide]) };
    }
    return { kind: 'found', item: { ...wanted, userId: caller.subject.id } };
  }
  const within = await organizationFilter(reference, caller, stores);
  if (within.kind === 'refused' || userId === undefined) return within.kind === 'refused' ? within : found(within.item);
  const user = await stores.users.findById(userId);
  if (user === undefined || !maySeeOrganization(caller, user.organizationId)) return missing('user', userId);
  return found({ ...within.item, userId });

  function found(filter: TokenFilter): FoundFilter {
    return { kind: 'found', item: { ...wanted, ...filter } };
  }
}

/** The organisation that was asked for or, for all but the platform's admins, the caller's own. */
export async function organizationFilter(
  reference: string | undefined,
  caller: Caller,
  stores: AdminStores,
): Promise<FoundFilter> {
  if (!isPlatformCaller(caller)) return { kind: 'found', item: { organizationId: caller.subject.organization.id } };
  if (reference === undefined) return { kind: 'found', item: {} };
  const organization = await stores.organizations.find(reference);
  if (organization === undefined) return missing('organisation', reference);
  return { kind: 'found', item: { organizationId: organization.id } };
}

function missing(what: string, reference: string): FoundFilter {
  return { kind: 'refused', problem: notFound(what, reference) };
}
