import { changedFields, type AuditAction, type AuditEvent, type Json } from '../core/audit.ts';
import type { Authorization, Organization } from '../core/directory.ts';

/** The row of the audit log for a new organisation; the first of its own log. */
export function organizationCreated(organization: Organization): AuditEvent {
  return organizationEvent('organization.create', organization, { before: null, after: fieldsOf(organization) });
}

/** The row for a changed organisation; undefined when nothing is different. */
export function organizationChanged(before: Organization, after: Organization): AuditEvent | undefined {
  const sides = changedFields(fieldsOf(before), fieldsOf(after));
  return Object.keys(sides.after).length === 0 ? undefined : organizationEvent(changeOf(before, after), after, sides);
}

function changeOf(before: Organization, after: Organization): AuditAction {
  if (before.status === after.status) return 'organization.change';
  return after.status === 'suspended' ? 'organization.suspend' : 'organization.resume';
}

function organizationEvent(
  action: AuditAction,
  { id, slug }: Organization,
  sides: { readonly before: Json | null; readonly after: Json | null },
): AuditEvent {
  return { organizationId: id, action, target: { kind: 'organization', id, name: slug }, ...sides };
}

function fieldsOf({ slug, name, status }: Organization): { readonly [name: string]: Json } {
  return { slug, name, status };
}

/** The row for roles that were granted, changed or taken; undefined when they are the same. */
export function grantChanged(
  before: Authorization | undefined,
  after: Authorization | undefined,
): AuditEvent | undefined {
  const grant = after ?? before;
  if (grant === undefined || (before && after && before.roles.join('\n') === after.roles.join('\n'))) return undefined;
  return {
    organizationId: grant.organizationId,
    action: actionOf(before, after),
    target: { kind: 'authorization', id: grant.id, name: grant.project },
    before: before === undefined ? null : grantFields(before),
    after: after === undefined ? null : grantFields(after),
  };
}

function actionOf(before: unknown, after: unknown): AuditAction {
  if (before === undefined) return 'authorization.create';
  return after === undefined ? 'authorization.delete' : 'authorization.change';
}

function grantFields({ userId, project, roles }: Authorization): Json {
  return { user_id: userId, project, roles };
}
