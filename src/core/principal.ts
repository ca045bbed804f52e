import { builtInProject, builtInRoles, isBuiltInScope, platformOrganizationSlug, type BuiltInRole } from './scope.ts';
import type { TokenKind } from './token.ts';
import { effectiveExpiry, type TokenRecord, type UserRecord } from './token-record.ts';

/** The literal scopes that each role of gateway.yaml gives, by `project/role`. */
export type RoleScopes = ReadonlyMap<string, ReadonlySet<string>>;

/** Who a request counts as and, when a user is assumed, who really acts (the words of RFC 8693). */
export interface Principal {
  readonly subject: UserRecord;
  readonly actor?: UserRecord;
  readonly tokenId: string;
  readonly tokenKind: TokenKind;
  /** Effective scopes: the token's, as far as the owner's roles give them today. */
  readonly scopes: ReadonlySet<string>;
  /** Roles of gateway.yaml all of whose scopes are in effect. */
  readonly roles: readonly string[];
  /** Address blocks that the token may be used from; none: from anywhere. */
  readonly allowedIps: readonly string[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/**
 * What a token's record means under today's roles.
 * @param maxLifetimeMs tokens.max_lifetime of today
 */
export function principalOf(record: TokenRecord, roleScopes: RoleScopes, maxLifetimeMs = Infinity): Principal {
  const owned = scopesOfUser(record.owner, roleScopes);
  const scopes = new Set(record.scopes.filter((scope) => owned.has(scope)));
  const roles = record.owner.roles.filter((role) => {
    const given = roleScopes.get(role);
    return given !== undefined && given.size > 0 && [...given].every((scope) => scopes.has(scope));
  });
  return {
    subject: record.owner,
    tokenId: record.id,
    tokenKind: record.kind,
    scopes,
    roles,
    allowedIps: record.allowedIps,
    expiresAt: effectiveExpiry(record, maxLifetimeMs),
  };
}

/** Every scope that a user's roles give today, those of the built-in project included. */
export function scopesOfUser(user: UserRecord, roleScopes: RoleScopes): Set<string> {
  const scopes = new Set<string>(builtInRoles.member);
  for (const role of user.roles) {
    for (const scope of roleScopes.get(role) ?? []) if (!isBuiltInScope(scope)) scopes.add(scope);
    for (const scope of builtInScopesOf(role, user.organization.slug)) scopes.add(scope);
  }
  return scopes;
}

/** The scopes of a role such as `wayleave/org-admin`; `platform-admin` counts in the organisation `platform` alone. */
function builtInScopesOf(role: string, organizationSlug: string): readonly string[] {
  if (!role.startsWith(`${builtInProject}/`)) return [];
  const name = role.slice(builtInProject.length + 1);
  if (!Object.hasOwn(builtInRoles, name)) return [];
  if (name === 'platform-admin' && organizationSlug !== platformOrganizationSlug) return [];
  return builtInRoles[name as BuiltInRole];
}
