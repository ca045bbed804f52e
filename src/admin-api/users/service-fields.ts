import type { User } from '../../core/directory.ts';
import type { AdminStores } from '../context.ts';
import type { Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';

interface ServiceFields {
  readonly kind: User['kind'];
  readonly ownerId?: string | null | undefined;
  readonly purpose?: string | null | undefined;
  readonly reviewed?: true | undefined;
}

/** Nobody who is gone answers for anything. */
export const unfitOwnerProblem = invalidField('/owner', 'is not an active person of this organisation');

/** An owner and a purpose belong to a service user, and the owner is an active person of the same organisation. */
export async function serviceFieldsProblem(
  stores: AdminStores,
  organizationId: string,
  { kind, ownerId, purpose, reviewed }: ServiceFields,
): Promise<Refusal<'validation_failed'> | undefined> {
  if (kind === 'human') {
    if (typeof ownerId === 'string') return invalidField('/owner', 'is for service users; a person has no owner');
    if (typeof purpose === 'string') return invalidField('/purpose', 'is for service users; a person has no purpose');
    if (reviewed === true) return invalidField('/reviewed', 'is for service users; a person is not reviewed');
  }
  if (typeof ownerId !== 'string') return undefined;
  const owner = await stores.users.find(organizationId, ownerId);
  return owner?.kind === 'human' && owner.status === 'active' ? undefined : unfitOwnerProblem;
}
