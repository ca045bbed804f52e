import type { Clock } from '../lib/clock.ts';
import { readBearer, recordProblem, unknownToken } from '../core/bearer.ts';
import { principalOf, type Principal } from '../core/principal.ts';
import type { RoleScopes } from '../core/user-scopes.ts';
import type { TokenPolicy, TokenRecord } from '../core/token-record.ts';
import type { Found, LookupOutcome, LookupSource, TokenLookup } from '../core/token-lookup.ts';
import type { Problem } from '../core/problem.ts';
import type { AssumeWish, HeaderSessions } from '../core/redemption.ts';
import { HeaderSessionFinder, type Opening, type Swap } from './header-session.ts';
import type { CleanRequest } from './sanitize.ts';

/**
 * What a request's credential comes to. A store that cannot tell is neither of these: it throws StoreUnavailable.
 */
export type Authentication =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'refused';
      readonly problem: Problem;
      readonly record?: TokenRecord;
      /** How the record was come by, where it was looked up. */
      readonly found?: Found;
    }
  | {
      readonly kind: 'authenticated';
      readonly principal: Principal;
      readonly record: TokenRecord;
      readonly source: LookupSource;
      /** Of a stale record: how long ago, in milliseconds, it was last known to be true. */
      readonly staleMs?: number | undefined;
      readonly found?: Found;
      /** Of a header that asks for another user: the actor's own token, sent beside it. */
      readonly own?: TokenRecord | undefined;
    };

/**
 * Turns the credential of a request into an authentication, at once when memory knows the token. `explain` hands in one
 * of its own. Only with an `opening` does a header open a session in which another user is assumed.
 */
export type Authenticate = (
  request: CleanRequest,
  staleForMs: number,
  opening?: Opening,
) => Authentication | Promise<Authentication>;

export interface AuthenticateOptions {
  readonly lookup: TokenLookup;
  readonly clock: Clock;
  readonly prefixes: readonly string[];
  readonly roleScopes: RoleScopes;
  readonly policy: TokenPolicy;
  /** Opens sessions that headers ask for; without it none is opened. */
  readonly sessions?: HeaderSessions;
}

/** Authentication by bearer token (RFC 6750, section 2.1), from the Authorization header alone. */
export function bearerAuthentication(options: AuthenticateOptions): Authenticate {
  const principals = new WeakMap<TokenRecord, Principal>();
  const principalFor = (record: TokenRecord): Principal => {
    const known = principals.get(record);
    if (known !== undefined) return known;
    const principal = principalOf(record, options.roleScopes, options.policy);
    principals.set(record, principal);
    return principal;
  };

  const judge = (found: LookupOutcome, own?: TokenRecord): Authentication => {
    if (found.kind === 'absent') return unknownToken;
    const { record, source, staleMs } = found;
    const problem = recordProblem(record, options.clock.now(), options.policy);
    if (problem !== undefined) return { kind: 'refused', problem, record, found };
    return { kind: 'authenticated', principal: principalFor(record), record, source, staleMs, found, own };
  };

  const finder = new HeaderSessionFinder({ ...options, sessions: options.sessions });
  const swapped = (swap: Swap, own: TokenRecord): Authentication =>
    swap.kind === 'refused' ? swap : judge(swap.found, own);
  /** The actor as they are, or as the user whom they ask to be. */
  const swap = (own: Authentication, wish: AssumeWish, opening?: Opening): Authentication | Promise<Authentication> => {
    if (own.kind !== 'authenticated') return own;
    const found = finder.find(own.principal, wish, opening);
    const { record } = own;
    return found instanceof Promise ? found.then((known) => swapped(known, record)) : swapped(found, record);
  };

  return (request, staleForMs, opening) => {
    if (request.authorization === undefined) return noCredential;
    if (hasQueryToken(request.path.query)) return twoCredentials;
    const credential = readBearer(request.authorization, options.prefixes);
    if (credential.kind === 'refused') return credential;
    const { kind, hash } = credential.token;
    const { assume } = request;
    // Whoever acts as somebody else does so only while it is known that they may.
    const found = options.lookup.find(hash, kind === 'ses' || assume !== undefined ? 0 : staleForMs);
    if (assume === undefined) return found instanceof Promise ? found.then((known) => judge(known)) : judge(found);
    if (!(found instanceof Promise)) return swap(judge(found), assume, opening);
    return found.then((known) => swap(judge(known), assume, opening));
  };
}

/** RFC 6750 (section 2) forbids a second way of sending a token in one request. */
function hasQueryToken(query: string): boolean {
  if (!/access|%/i.test(query)) return false;
  return [...new URLSearchParams(query).keys()].some((name) => name.toLowerCase() === 'access_token');
}

const noCredential: Authentication = { kind: 'none' };

const twoCredentials: Authentication = {
  kind: 'refused',
  problem: {
    code: 'invalid_request',
    detail: 'a token stands in the query beside the Authorization header; send it in the header alone',
  },
};
