import { recordProblem } from '../core/bearer.ts';
import { principalOf, type Principal } from '../core/principal.ts';
import { scopesOfUser, type RoleScopes } from '../core/user-scopes.ts';
import type { TokenPolicy, TokenRecord, UserKind, UserRecord } from '../core/token-record.ts';
import type { Authenticate } from '../gateway/authenticate.ts';

/** What does not exist is not cut by what gateway.yaml says about how long things last. */
export const unboundPolicy: TokenPolicy = { maxLifetimeMs: Infinity, sessionMaxMs: Infinity };

/** A request without a token. */
export const noToken: Authenticate = () => ({ kind: 'none' });

/** A user that does not exist, whose token has exactly these scopes. */
export function hypotheticalUser(scopes: readonly string[], kind: UserKind, organization: string): Authenticate {
  const owner = nobodyInParticular(kind, organization);
  const record = hypotheticalToken(owner, scopes);
  const principal: Principal = {
    subject: owner,
    tokenId: record.id,
    tokenKind: record.kind,
    scopes: new Set(scopes),
    roles: [],
    allowedIps: [],
    expiresAt: null,
  };
  return () => ({ kind: 'authenticated', principal, record, source: 'memory' });
}

/** An active user without roles. @param organization its slug */
export function nobodyInParticular(kind: UserKind, organization: string): UserRecord {
  return {
    id: 'usr_hypothetical',
    username: 'hypothetical',
    kind,
    status: 'active',
    organization: { id: organization, slug: organization, status: 'active' },
    roles: [],
  };
}

export interface RealUser {
  readonly owner: UserRecord;
  /** Scopes of the token; undefined: all that the user's roles give today. */
  readonly scopes: readonly string[] | undefined;
}

/** A real user, who may be disabled, with a token that does not exist. */
export function tokenOfUser({ owner, scopes }: RealUser, roleScopes: RoleScopes, nowMs: number): Authenticate {
  const record = hypotheticalToken(owner, scopes ?? [...scopesOfUser(owner, roleScopes)]);
  const found = { kind: 'found', record, source: 'postgres' } as const;
  const problem = recordProblem(record, nowMs, unboundPolicy);
  if (problem !== undefined) return () => ({ kind: 'refused', problem, record, found });
  const principal = principalOf(record, roleScopes);
  return () => ({ kind: 'authenticated', principal, record, source: 'postgres', found });
}

/** An active token of a user, without an end. */
export function hypotheticalToken(owner: UserRecord, scopes: readonly string[]): TokenRecord {
  return {
    id: 'tok_hypothetical',
    kind: 'pat',
    scopes,
    expiresAt: null,
    disabled: false,
    revoked: false,
    allowedIps: [],
    issuedAt: 0,
    secretExpiresAt: null,
    owner,
  };
}
