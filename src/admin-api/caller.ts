import type { Principal } from '../core/principal.ts';
import type { BuiltInScope } from '../core/scope.ts';
import type { UserRecord } from '../core/token-record.ts';
import { scopesOfUser, type RoleScopes } from '../core/user-scopes.ts';

/** Who makes a call of the admin API, and with what. */
export type Caller = Principal;

/** Says whether the caller may act in every organisation. */
export function isPlatformCaller(caller: Caller): boolean {
  return caller.scopes.has('wayleave:platform');
}

/** Says whether an organisation exists for the caller: its own, or any for the platform's admins. */
export function maySeeOrganization(caller: Caller, organizationId: string): boolean {
  return isPlatformCaller(caller) || caller.subject.organization.id === organizationId;
}

/** The same by what stands in a path: an id or a slug. */
export function maySeeReference(caller: Caller, reference: string): boolean {
  const { id, slug } = caller.subject.organization;
  return isPlatformCaller(caller) || reference === id || reference === slug;
}

/** Says whether the caller's token has any of the scopes. */
export function hasAny(caller: Caller, scopes: readonly BuiltInScope[]): boolean {
  return scopes.some((scope) => caller.scopes.has(scope));
}

/**
 * A caller with all that a person's roles give today, as whoever holds an enrolment code of the person is.
 * @param id of what stands in for a token; '' while there is nothing yet
 */
export function wholePerson(
  person: UserRecord,
  id: string,
  { roleScopes }: { readonly roleScopes: RoleScopes },
): Caller {
  return {
    subject: person,
    tokenId: id,
    tokenKind: 'enr',
    scopes: scopesOfUser(person, roleScopes),
    roles: person.roles.filter((role) => (roleScopes.get(role)?.size ?? 0) > 0),
    allowedIps: [],
    expiresAt: null,
  };
}
