import type { Principal } from '../core/principal.ts';
import type { BuiltInScope } from '../core/scope.ts';

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
