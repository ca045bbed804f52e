import type { RateLimitFields } from './rate-limit.ts';
import { maskTokens } from './token-mask.ts';

/** Every error code that leaves the gateway, with its usual status and its title (RFC 9457). Closed: no other code exists. */
export const problemCatalogue = {
  invalid_request: [400, 'The request is malformed'],
  path_ambiguous: [400, 'The path can be read in two ways'],
  header_invalid: [400, 'A header is not acceptable'],
  host_invalid: [400, 'The Host header is not acceptable'],
  validation_failed: [400, 'The input is not valid'],
  unknown_scope: [400, 'A scope is not in the catalogue'],
  enrolment_invalid: [400, 'The enrolment code is not valid'],
  enrolment_expired: [400, 'The enrolment code has ended'],
  enrolment_used: [400, 'The enrolment code has been used'],
  token_missing: [401, 'A token is required'],
  token_invalid: [401, 'The token is not valid'],
  token_expired: [401, 'The token has expired'],
  token_revoked: [401, 'The token has been revoked'],
  token_disabled: [401, 'The token is disabled'],
  user_disabled: [401, "The token's owner is disabled"],
  organization_suspended: [401, 'The organisation is suspended'],
  session_ended: [401, 'Not signed in'],
  assume_ended: [401, 'The assumed session has ended'],
  insufficient_scope: [403, 'The token lacks a scope'],
  assumed_denied: [403, 'Not open to an assumed user'],
  assumed_read_only: [403, 'Read-only for an assumed user'],
  kind_denied: [403, 'Not open to this kind of user'],
  organization_denied: [403, 'Not open to this organisation'],
  address_denied: [403, 'Not open to this address'],
  origin_denied: [403, 'Not open to this origin'],
  grant_denied: [403, 'Not a role that the caller may give or take'],
  no_route: [404, 'No route matches'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'The method is not allowed here'],
  request_timeout: [408, 'The request took too long to arrive'],
  conflict: [409, 'It conflicts with what exists'],
  last_platform_admin: [409, 'The platform needs an admin'],
  own_organization: [409, "Not possible to one's own organisation"],
  body_too_large: [413, 'The body is too large'],
  uri_too_long: [414, 'The request target is too long'],
  config_invalid: [422, 'gateway.yaml is not valid'],
  unsupported_media_type: [415, 'The media type is not supported'],
  rate_limited: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal_error: [500, 'The gateway failed'],
  upstream_unreachable: [502, 'The upstream cannot be reached'],
  upstream_invalid_response: [502, "The upstream's answer is not valid"],
  store_unavailable: [503, 'The token store is not available'],
  upstream_unavailable: [503, 'No upstream target is available'],
  overloaded: [503, 'The gateway is overloaded'],
  draining: [503, 'The gateway is shutting down'],
  audit_unavailable: [503, 'The change could not be recorded'],
  upstream_timeout: [504, 'The upstream took too long'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problemCatalogue;

/** One field of an input that is wrong, by JSON pointer. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Something that was refused or failed, as the outside may see it. What only the log may know is `cause`. */
export interface Problem {
  readonly code: ProblemCode;
  /** One or two sentences that name the thing, the place and the fix. */
  readonly detail: string;
  /** Where the status differs from the catalogue's (417 for an unknown expectation). */
  readonly status?: number;
  readonly missingScopes?: readonly string[];
  /** What the resource asks for, for the challenge of a 403. */
  readonly requiredScopes?: readonly string[];
  readonly allow?: readonly string[];
  readonly expiresAt?: number;
  readonly retryAfterSeconds?: number;
  readonly rateLimit?: RateLimitFields;
  readonly errors?: readonly FieldError[];
  /** The id of what exists already, for a conflict. */
  readonly existingId?: string;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** The status a problem is answered with. */
export function problemStatus(problem: Problem): number {
  return problem.status ?? problemCatalogue[problem.code][0];
}

export interface ProblemContext {
  readonly requestId: string;
  readonly instance?: string;
  readonly route?: string;
}

/** The document of RFC 9457 for a problem. A token that a client put into its path or elsewhere is not told back. */
export function problemDocument(problem: Problem, context: ProblemContext): Record<string, unknown> {
  return {
    type: `urn:wayleave:problem:${problem.code}`,
    title: problemCatalogue[problem.code][1],
    status: problemStatus(problem),
    detail: sentence(maskTokens(problem.detail)),
    ...(context.instance !== undefined && { instance: maskTokens(context.instance) }),
    code: problem.code,
    request_id: context.requestId,
    ...(context.route !== undefined && { route: context.route }),
    ...(problem.missingScopes && { missing_scopes: problem.missingScopes }),
    ...(problem.expiresAt !== undefined && { expires_at: new Date(problem.expiresAt).toISOString() }),
    ...(problem.errors && { errors: problem.errors }),
    ...(problem.existingId !== undefined && { existing_id: problem.existingId }),
  };
}

/** Details are clauses where a trace or a log line also shows them; a document has whole sentences. */
function sentence(detail: string): string {
  const begun = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** The header fields every problem carries, in lower case (RFC 6750 for the challenge, RFC 9110 for the rest). */
export function problemHeaders(problem: Problem, realm: string): Record<string, string> {
  const status = problemStatus(problem);
  return {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-wayleave-error': problem.code,
    ...challenge(problem, status, realm),
    ...(problem.allow && { allow: problem.allow.join(', ') }),
    // RFC 9110, section 15.5.22, and RFC 6455, section 4.4: what the client would have to speak.
    ...(status === 426 && { upgrade: 'websocket', 'sec-websocket-version': '13', connection: 'upgrade, close' }),
    ...(problem.retryAfterSeconds !== undefined && { 'retry-after': String(problem.retryAfterSeconds) }),
    ...(problem.rateLimit && {
      'ratelimit-policy': problem.rateLimit.policy,
      ratelimit: problem.rateLimit.state,
    }),
  };
}

function challenge(problem: Problem, status: number, realm: string): Record<string, string> {
  const base = `Bearer realm="${realm}"`;
  if (problem.code === 'token_missing') return { 'www-authenticate': base };
  if (status === 401) return { 'www-authenticate': `${base}, error="invalid_token"` };
  if (problem.code !== 'insufficient_scope') return {};
  const scope = (problem.requiredScopes ?? problem.missingScopes ?? []).join(' ');
  return { 'www-authenticate': `${base}, error="insufficient_scope", scope="${scope}"` };
}
