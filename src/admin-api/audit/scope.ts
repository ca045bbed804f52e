import { platformAuditId } from '../../core/audit.ts';
import type { AuditFilter } from '../../core/audit-record.ts';
import { platformOrganizationSlug } from '../../core/scope.ts';
import { isPlatformCaller, maySeeReference, type Caller } from '../caller.ts';
import type { AdminStores } from '../context.ts';
import { defined } from '../http/defined.ts';
import { notFound } from '../http/problem-response.ts';
import type { Found } from '../tokens/access.ts';
import type { FilterQuery } from './schema.ts';

/** What of the audit log a call is about, as far as the caller may see it. */
export async function auditFilter(
  query: FilterQuery,
  caller: Caller,
  stores: AdminStores,
): Promise<Found<AuditFilter, 'not_found'>> {
  const organizationIds = await auditedOrganizations(query.organization, caller, stores);
  if (organizationIds.kind === 'refused') return organizationIds;
  const { actor: actorId, target: targetId, action, request_id: requestId, since, until } = query;
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  const untilMs = until === undefined ? undefined : Date.parse(until);
  return {
    kind: 'found',
    item: defined({ organizationIds: organizationIds.item, actorId, targetId, action, requestId, sinceMs, untilMs }),
  };
}

/** Whose logs: those of the organisation asked for, or the caller's own; undefined for all of them. */
export async function auditedOrganizations(
  reference: string | undefined,
  caller: Caller,
  stores: AdminStores,
): Promise<Found<readonly string[] | undefined, 'not_found'>> {
  if (reference === undefined) {
    return { kind: 'found', item: isPlatformCaller(caller) ? undefined : logsOf(caller.subject.organization) };
  }
  const organization = maySeeReference(caller, reference) ? await stores.organizations.find(reference) : undefined;
  if (organization === undefined) return { kind: 'refused', problem: notFound('organisation', reference) };
  return { kind: 'found', item: logsOf(organization) };
}

/** The organisation `platform` also sees to what belongs to none. */
function logsOf({ id, slug }: { readonly id: string; readonly slug: string }): readonly string[] {
  return slug === platformOrganizationSlug ? [id, platformAuditId] : [id];
}
