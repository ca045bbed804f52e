import { assumedScopes, sessionExpiry } from './assumption.ts';
import { scopesOfUser, type RoleScopes } from './user-scopes.ts';
import type { TokenKind } from './token.ts';
import { effectiveExpiry, type TokenPolicy, type TokenRecord, type UserRecord } from './token-record.ts';

/** Who a request counts as and, when a user is assumed, who really acts (the words of RFC 8693). */
export interface Principal {
  readonly subject: UserRecord;
  readonly actor?: UserRecord;
  /** There together with the actor: by whose leave, and how far it goes. */
  readonly assumption?: PrincipalAssumption;
  readonly tokenId: string;
  readonly tokenKind: TokenKind;
  /** Effective scopes: the token's, as far as the owner's roles give them today. */
  readonly scopes: ReadonlySet<string>;
  /** Roles of gateway.yaml all of whose scopes are in effect. */
  readonly roles: readonly string[];
  /** Address blocks that the token may be used from; none: from anywhere. Of a session, those of the actor's own token. */
  readonly allowedIps: readonly string[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

export interface PrincipalAssumption {
  /** The assume-user token. */
  readonly grantId: string;
  /** The actor's own token: what it does counts as a use of that one. */
  readonly actorTokenId: string;
  /** Safe methods alone, and no upgrade. */
  readonly readOnly: boolean;
  /** When the session ends at the latest, in epoch milliseconds. */
  readonly until: number;
}

/** What a token's record means under today's roles and policy. */
export function principalOf(record: TokenRecord, roleScopes: RoleScopes, policy: TokenPolicy = noPolicy): Principal {
  const { owner, assumption } = record;
  const scopes = new Set(effectiveScopes(record, roleScopes));
  const principal = {
    subject: owner,
    tokenId: record.id,
    tokenKind: record.kind,
    scopes,
    roles: rolesWithin(scopes, owner, roleScopes),
    allowedIps: record.allowedIps,
    expiresAt: effectiveExpiry(record, policy.maxLifetimeMs),
  };
  if (assumption === undefined) return principal;
  const { redeemer, grantId, readOnly } = assumption;
  const until = sessionExpiry(record, assumption, policy);
  return {
    ...principal,
    actor: redeemer.owner,
    assumption: { grantId, actorTokenId: redeemer.id, readOnly, until },
    allowedIps: redeemer.allowedIps,
    expiresAt: until,
  };
}

const noPolicy: TokenPolicy = { maxLifetimeMs: Infinity, sessionMaxMs: Infinity };

function effectiveScopes({ scopes, owner, assumption }: TokenRecord, roleScopes: RoleScopes): readonly string[] {
  if (assumption !== undefined) {
    return assumedScopes(scopes, { subject: owner, issuer: assumption.issuer }, roleScopes);
  }
  const owned = scopesOfUser(owner, roleScopes);
  return scopes.filter((scope) => owned.has(scope));
}

function rolesWithin(scopes: ReadonlySet<string>, owner: UserRecord, roleScopes: RoleScopes): string[] {
  return owner.roles.filter((role) => {
    const given = roleScopes.get(role);
    return given !== undefined && given.size > 0 && [...given].every((scope) => scopes.has(scope));
  });
}
