import { sessionProblem } from './assumption.ts';
import type { Problem } from './problem.ts';
import { parseToken, type ParsedToken } from './token.ts';
import { refusalOf, type TokenPolicy, type TokenRecord, type TokenRefusal } from './token-record.ts';

/** What an Authorization header holds: a token of a kind that may be a bearer, or the reason why not. */
export type BearerCredential =
  | { readonly kind: 'token'; readonly token: ParsedToken }
  | { readonly kind: 'refused'; readonly problem: Problem & { readonly code: 'token_invalid' } };

const bearerPattern = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Reads an Authorization header (RFC 6750, section 2.1): the scheme in any case, one space, a token68. Shape, prefix
 * and checksum are judged here, so that junk costs no lookup.
 * @param prefixes the token prefixes that are taken
 */
export function readBearer(authorization: string, prefixes: readonly string[]): BearerCredential {
  const text = bearerPattern.exec(authorization)?.[1];
  const token = text === undefined ? undefined : parseToken(text, prefixes);
  if (token === undefined) return unknownToken;
  if (token.kind === 'asu' || token.kind === 'enr') return { kind: 'refused', problem: wrongKinds[token.kind] };
  return { kind: 'token', token };
}

/** Junk and unknown tokens get one answer, so that nobody learns which it was. */
export const unknownToken = {
  kind: 'refused',
  problem: { code: 'token_invalid', detail: 'The Authorization header holds no token that this gateway knows.' },
} as const satisfies BearerCredential;

const wrongKinds = {
  asu: { code: 'token_invalid', detail: 'An assume-user token is redeemed, not sent as a bearer token.' },
  enr: {
    code: 'token_invalid',
    detail: 'An enrolment code is redeemed once at the admin API, not sent as a bearer token.',
  },
} as const satisfies Record<string, Problem>;

/** Says why a known token does not count at `nowMs`, as its holder may hear it; undefined when it counts. */
export function recordProblem(
  record: TokenRecord,
  nowMs: number,
  policy: TokenPolicy,
): (Problem & { readonly code: TokenRefusal | 'assume_ended' }) | undefined {
  if (record.kind === 'ses') return sessionProblem(record, nowMs, policy);
  const { maxLifetimeMs } = policy;
  const code = refusalOf(record, nowMs, maxLifetimeMs);
  if (code === undefined) return undefined;
  if (code !== 'token_expired') return { code, detail: refusalDetails[code] };
  if (record.expiresAt !== null && record.expiresAt <= nowMs) {
    return { code, detail: refusalDetails[code], expiresAt: record.expiresAt };
  }
  if (record.secretExpiresAt !== null && record.secretExpiresAt <= nowMs) {
    const detail = 'The token has been rotated, and the time of this secret is over; send the new one.';
    return { code, detail, expiresAt: record.secretExpiresAt };
  }
  const detail = 'The token is older than tokens may get by now (tokens.max_lifetime); create one and send that.';
  return { code, detail, expiresAt: record.issuedAt + maxLifetimeMs };
}

const refusalDetails: Readonly<Record<TokenRefusal, string>> = {
  token_expired: 'The token has expired; create or rotate one and send that.',
  token_revoked: 'The token has been revoked; it will not work again.',
  token_disabled: 'The token is disabled; an admin of its organisation can enable it.',
  user_disabled: "The token's owner is disabled; an admin of the organisation can enable the user.",
  organization_suspended: 'The organisation is suspended; the operator of the platform can resume it.',
};
