import { isBuiltInScope } from '../core/scope.ts';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { AssertionKeys } from './assertion.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authenticate } from './authenticate.ts';
import { addressProblem } from './authorize.ts';
import type { CleanRequest } from './sanitize.ts';

/** The first segment of paths that the gateway answers itself; they are never routed and never forwarded. */
const ownSegment = '.wayleave';

/** Where verifiers look for the keys of an issuer that they know by its URL alone. */
const wellKnownKeySet = '/.well-known/jwks.json';

export type OwnAnswer =
  | {
      readonly kind: 'json';
      readonly body: Record<string, unknown>;
      readonly status?: 201;
      readonly record?: TokenRecord;
    }
  /** Anybody may have it and keep it for a while. */
  | { readonly kind: 'key_set'; readonly text: string; readonly etag: string; readonly isKnown: boolean }
  /** `record` where it is known whose token was refused. */
  | { readonly kind: 'problem'; readonly problem: Problem; readonly record?: TokenRecord | undefined };

export interface OwnEndpoints {
  readonly authenticate: Authenticate;
  readonly keySet: AssertionKeys['keySet'];
}

/**
 * Whether a path is one of the gateway's own on the proxy listener.
 * @param publicHost the host of public_url; on other hosts `/.well-known` is the upstreams'
 */
export function isOwnPath({ path, host }: CleanRequest, publicHost: string | undefined): boolean {
  return path.keys[0]?.toLowerCase() === ownSegment || (path.path === wellKnownKeySet && host === publicHost);
}

/**
 * Answers what `isOwnPath` claims.
 * @param address where the request comes from
 */
export async function answerOwn(request: CleanRequest, own: OwnEndpoints, address: string): Promise<OwnAnswer> {
  const name = request.path.path.slice(`/${ownSegment}/`.length);
  const isKeySet = name === 'jwks.json' || request.path.path === wellKnownKeySet;
  if (name !== 'whoami' && name !== 'healthz' && !isKeySet) {
    return refused({ code: 'no_route', detail: `the gateway has nothing at ${request.path.path}` });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allow = ['GET', 'HEAD'];
    return refused({ code: 'method_not_allowed', detail: `${request.path.path} takes GET`, allow });
  }
  if (isKeySet) return keySetAnswer(request, own.keySet());
  return name === 'healthz' ? { kind: 'json', body: { status: 'alive' } } : whoami(request, own.authenticate, address);
}

/** A verifier that has the same set already is told so (RFC 9110, section 13.1.2). */
function keySetAnswer({ headers }: CleanRequest, { text, etag }: ReturnType<AssertionKeys['keySet']>): OwnAnswer {
  const known = headers.flatMap((name, at) =>
    at % 2 === 0 && name.toLowerCase() === 'if-none-match' ? (headers[at + 1] ?? '').split(',') : [],
  );
  const isKnown = known.some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
  return { kind: 'key_set', text, etag, isKnown };
}

async function whoami(request: CleanRequest, authenticate: Authenticate, address: string): Promise<OwnAnswer> {
  try {
    const authentication = await authenticate(request, 0);
    switch (authentication.kind) {
      case 'none':
        return refused({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' });
      case 'refused':
        return refused(authentication.problem, authentication.record);
      case 'authenticated': {
        const { principal, record } = authentication;
        const elsewhere = addressProblem(principal, address);
        return elsewhere ? refused(elsewhere, record) : { kind: 'json', body: describe(principal), record };
      }
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const detail = 'the token store does not answer; try again shortly';
    return refused({ code: 'store_unavailable', detail, retryAfterSeconds: 1, cause: error });
  }
}

function describe(principal: Principal): Record<string, unknown> {
  const { subject, actor, assumption } = principal;
  const { organization } = subject;
  const scopes = [...principal.scopes];
  return {
    subject: { id: subject.id, username: subject.username, kind: subject.kind, email: subject.email ?? null },
    actor: actor === undefined ? null : { id: actor.id, username: actor.username },
    ...(assumption !== undefined && { assume_token: assumption.grantId, read_only: assumption.readOnly }),
    organization: { id: organization.id, slug: organization.slug },
    scopes: [...scopes.filter((scope) => !isBuiltInScope(scope)), ...scopes.filter(isBuiltInScope)],
    roles: principal.roles,
    token: { id: principal.tokenId, kind: principal.tokenKind },
    expires_at: principal.expiresAt === null ? null : new Date(principal.expiresAt).toISOString(),
  };
}

function refused(problem: Problem, record?: TokenRecord): OwnAnswer {
  return { kind: 'problem', problem, record };
}
