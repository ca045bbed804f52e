import { isBuiltInScope } from '../core/scope.ts';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { Authenticate } from './authenticate.ts';
import type { CleanRequest } from './sanitize.ts';

/** The first segment of paths that the gateway answers itself; they are never routed and never forwarded. */
const ownSegment = '.wayleave';

export type OwnAnswer =
  | { readonly kind: 'json'; readonly body: Record<string, unknown> }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Whether a path is one of the gateway's own on the proxy listener. */
export function isOwnPath(request: CleanRequest): boolean {
  return request.path.keys[0]?.toLowerCase() === ownSegment;
}

/** Answers `/.wayleave/…`. */
export async function answerOwn(request: CleanRequest, authenticate: Authenticate): Promise<OwnAnswer> {
  const name = request.path.path.slice(`/${ownSegment}/`.length);
  if (name !== 'whoami' && name !== 'healthz') {
    return refused({ code: 'no_route', detail: `the gateway has nothing at ${request.path.path}` });
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allow = ['GET', 'HEAD'];
    return refused({ code: 'method_not_allowed', detail: `${request.path.path} takes GET`, allow });
  }
  return name === 'healthz' ? { kind: 'json', body: { status: 'alive' } } : whoami(request, authenticate);
}

async function whoami(request: CleanRequest, authenticate: Authenticate): Promise<OwnAnswer> {
  try {
    const authentication = await authenticate(request, 0);
    switch (authentication.kind) {
      case 'none':
        return refused({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' });
      case 'refused':
        return refused(authentication.problem);
      case 'authenticated':
        return { kind: 'json', body: describe(authentication.principal) };
    }
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    const detail = 'the token store does not answer; try again shortly';
    return refused({ code: 'store_unavailable', detail, retryAfterSeconds: 1, cause: error });
  }
}

function describe(principal: Principal): Record<string, unknown> {
  const { subject, actor } = principal;
  const { organization } = subject;
  const scopes = [...principal.scopes];
  return {
    subject: { id: subject.id, username: subject.username, kind: subject.kind, email: subject.email ?? null },
    actor: actor === undefined ? null : { id: actor.id, username: actor.username },
    organization: { id: organization.id, slug: organization.slug },
    scopes: [...scopes.filter((scope) => !isBuiltInScope(scope)), ...scopes.filter(isBuiltInScope)],
    roles: principal.roles,
    token: { id: principal.tokenId, kind: principal.tokenKind },
    expires_at: principal.expiresAt === null ? null : new Date(principal.expiresAt).toISOString(),
  };
}

function refused(problem: Problem): OwnAnswer {
  return { kind: 'problem', problem };
}
