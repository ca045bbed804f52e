import { isBuiltInScope } from './scope.ts';
import type { Principal } from './principal.ts';
import type { UserRecord } from './token-record.ts';

/** Who really acts (RFC 8693, section 4.1). */
export interface ActorClaim {
  readonly sub: string;
  readonly username: string;
  readonly org: string;
}

/** What makes an assertion good for one request alone. */
export interface RequestBinding {
  /** The method, by the name that RFC 9449 gives the claim. */
  readonly htm: string;
  /** SHA-256 of path and query as the upstream receives them, in base64url. */
  readonly target_sha256: string;
}

/** The claims of an assertion (RFC 7519; `scope` as in RFC 8693, section 4.2). */
export interface AssertionClaims extends Partial<RequestBinding> {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly username: string;
  readonly kind: UserRecord['kind'];
  readonly org: string;
  readonly org_slug: string;
  /** Separated by spaces, never those of the admin API. */
  readonly scope: string;
  readonly roles: readonly string[];
  readonly token_id: string;
  readonly act?: ActorClaim;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
}

export interface AssertionTerms {
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeMs: number;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Different for every assertion. */
  readonly id: string;
  readonly binding?: RequestBinding | undefined;
}

/** Who signs: the gateway as clients know it. */
export function issuerOf(publicUrl: string | undefined): string {
  return publicUrl ?? 'wayleave';
}

/** Who a request counts as, in claims. They end with the principal's token at the latest, to the second. */
export function assertionClaims(principal: Principal, terms: AssertionTerms): AssertionClaims {
  const { subject, actor } = principal;
  const iat = Math.floor(terms.nowMs / 1000);
  return {
    iss: terms.issuer,
    aud: terms.audience,
    sub: subject.id,
    username: subject.username,
    kind: subject.kind,
    org: subject.organization.id,
    org_slug: subject.organization.slug,
    scope: [...principal.scopes].filter((scope) => !isBuiltInScope(scope)).join(' '),
    roles: principal.roles,
    token_id: principal.tokenId,
    ...(actor !== undefined && { act: actorClaim(actor) }),
    jti: terms.id,
    iat,
    exp: Math.min(iat + Math.floor(terms.lifetimeMs / 1000), endOf(principal)),
    ...terms.binding,
  };
}

function actorClaim({ id, username, organization }: UserRecord): ActorClaim {
  return { sub: id, username, org: organization.id };
}

function endOf({ expiresAt }: Principal): number {
  return expiresAt === null ? Infinity : Math.ceil(expiresAt / 1000);
}
