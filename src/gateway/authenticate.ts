import type { Clock } from '../lib/clock.ts';
import { principalOf, type Principal, type RoleScopes } from '../core/principal.ts';
import { parseToken } from '../core/token.ts';
import { refusalOf, type TokenRecord } from '../core/token-record.ts';
import type { LookupSource, TokenLookup } from '../core/token-lookup.ts';
import type { Problem } from '../core/problem.ts';
import type { CleanRequest } from './sanitize.ts';

/**
 * What a request's credential comes to. A store that cannot tell is neither of these: it throws StoreUnavailable.
 */
export type Authentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly record?: TokenRecord }
  | {
      readonly kind: 'authenticated';
      readonly principal: Principal;
      readonly record: TokenRecord;
      readonly source: LookupSource;
    };

/** Turns the credential of a request into an authentication. `explain` hands in one of its own. */
export type Authenticate = (request: CleanRequest) => Promise<Authentication>;

export interface AuthenticateOptions {
  readonly lookup: TokenLookup;
  readonly clock: Clock;
  readonly prefixes: readonly string[];
  readonly roleScopes: RoleScopes;
}

/** Authentication by bearer token (RFC 6750, section 2.1), from the Authorization header alone. */
export function bearerAuthentication(options: AuthenticateOptions): Authenticate {
  const principals = new WeakMap<TokenRecord, Principal>();
  const principalFor = (record: TokenRecord): Principal => {
    const known = principals.get(record);
    if (known !== undefined) return known;
    const principal = principalOf(record, options.roleScopes);
    principals.set(record, principal);
    return principal;
  };

  return async (request) => {
    if (request.authorization === undefined) return { kind: 'none' };
    if (hasQueryToken(request.path.query)) return twoCredentials;
    const text = bearerText(request.authorization);
    const token = text === undefined ? undefined : parseToken(text, options.prefixes);
    if (token === undefined) return junk;
    if (token.kind === 'asu' || token.kind === 'enr') return wrongKind(token.kind);
    const found = await options.lookup.find(token.hash);
    if (found.kind === 'absent') return junk;
    const refusal = refusalOf(found.record, options.clock.now());
    if (refusal !== undefined)
      return { kind: 'refused', problem: refusalProblem(refusal, found.record), record: found.record };
    return { kind: 'authenticated', principal: principalFor(found.record), record: found.record, source: found.source };
  };
}

const bearerPattern = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/** The token of an Authorization header: the scheme in any case, one space, a token68. */
export function bearerText(authorization: string): string | undefined {
  return bearerPattern.exec(authorization)?.[1];
}

/** RFC 6750 (section 2) forbids a second way of sending a token in one request. */
function hasQueryToken(query: string): boolean {
  if (!/access|%/i.test(query)) return false;
  return [...new URLSearchParams(query).keys()].some((name) => name.toLowerCase() === 'access_token');
}

const junk: Authentication = {
  kind: 'refused',
  problem: { code: 'token_invalid', detail: 'the Authorization header holds no token that this gateway knows' },
};

const twoCredentials: Authentication = {
  kind: 'refused',
  problem: {
    code: 'invalid_request',
    detail: 'a token stands in the query beside the Authorization header; send it in the header alone',
  },
};

function wrongKind(kind: 'asu' | 'enr'): Authentication {
  const detail =
    kind === 'asu'
      ? 'an assume-user token is redeemed, not sent as a bearer token'
      : 'an enrolment code is redeemed once at the admin API, not sent as a bearer token';
  return { kind: 'refused', problem: { code: 'token_invalid', detail } };
}

function refusalProblem(code: NonNullable<ReturnType<typeof refusalOf>>, record: TokenRecord): Problem {
  const details = {
    token_expired: 'the token has expired; create or rotate one and send that',
    token_revoked: 'the token has been revoked; it will not work again',
    token_disabled: 'the token is disabled; an admin of its organisation can enable it',
    user_disabled: "the token's owner is disabled; an admin of the organisation can enable the user",
    organization_suspended: 'the organisation is suspended; the operator of the platform can resume it',
  };
  const expired = code === 'token_expired' && record.expiresAt !== null;
  return { code, detail: details[code], ...(expired && { expiresAt: record.expiresAt }) };
}
