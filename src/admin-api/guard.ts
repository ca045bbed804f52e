import type { Context, MiddlewareHandler } from 'hono';
import type { Problem } from '../core/problem.ts';
import type { BuiltInScope } from '../core/scope.ts';
import type { TokenRecord } from '../core/token-record.ts';
import { addressProblem, authenticateBearer } from './authentication.ts';
import { assumedWriteProblem, assumeHeaderProblem } from './assumed-caller.ts';
import { authorOf } from './authorship.ts';
import { hasAny, maySeeReference, type Caller } from './caller.ts';
import type { AdminEnv } from './context.ts';
import { noteEndedSecret } from './ended-secret.ts';
import { callerAddress } from './http/caller-address.ts';
import { organizationReference } from './http/fields.ts';
import { notFound, refuse, type Refusal } from './http/problem-response.ts';
import type { ConsoleSession } from './ports/console-sessions.ts';
import { assumedHeader, assumedHeaderProblem } from './session/assumed.ts';
import { authenticateSession, pageKeyHeader } from './session/authenticate.ts';

/**
 * Lets nobody through without a personal access token, a session of the console or one of an assumed user that counts at
 * this instant. Assumed users read, and no more.
 */
export const authenticated: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const confused =
    assumeHeaderProblem(c.req.header('assume-user')) ??
    assumedHeaderProblem(c.req.header('authorization'), c.req.header(assumedHeader));
  if (confused !== undefined) return refuse(c, confused);
  const authentication = await authenticate(c);
  if (authentication.kind === 'refused') {
    noteEndedSecret(c, authentication.record);
    return refuse(c, authentication.problem);
  }
  const { caller, session } = authentication;
  const problem = addressProblem(caller, callerAddress(c));
  if (problem !== undefined) return refuse(c, problem);
  c.set('caller', caller);
  if (session !== undefined) c.set('session', session);
  const written = assumedWriteProblem(caller, c.req.method);
  if (written !== undefined) return refuse(c, written);
  const stores = c.var.deps.stores.as(authorOf(c));
  c.set('stores', stores);
  // So that no call can change anything in nobody's name.
  c.set('deps', { ...c.var.deps, stores });
  return next();
};

interface Refused {
  readonly kind: 'refused';
  readonly problem: Problem;
  readonly record?: TokenRecord;
}

/** The cookie of a session counts only beside the header that the console's own page sends. @throws StoreUnavailable */
async function authenticate(
  c: Context<AdminEnv>,
): Promise<{ readonly kind: 'caller'; readonly caller: Caller; readonly session?: ConsoleSession } | Refused> {
  const authorization = c.req.header('authorization');
  if (authorization !== undefined) return authenticateBearer(authorization, c.var.deps, ['pat', 'ses']);
  const pageKey = c.req.header(pageKeyHeader);
  return pageKey === undefined ? tokenMissing : authenticateSession(c, pageKey);
}

const tokenMissing: Refused = {
  kind: 'refused',
  problem: { code: 'token_missing', detail: 'Send "Authorization: Bearer <token>" with a personal access token.' },
};

/** Asks for one of the scopes. */
export function needs(...scopes: Needed): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    if (!hasAny(c.var.caller, scopes)) return refuse(c, lacking(scopes));
    return next();
  };
}

/**
 * Finds the organisation that the path names. Whether the caller may know of it comes before everything else: what
 * belongs to another organisation and what does not exist get one answer.
 */
export function inOrganization(...scopes: Needed): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    const reference = c.req.param('org') ?? '';
    const { caller, deps } = c.var;
    if (!organizationReference.safeParse(reference).success || !maySeeReference(caller, reference)) {
      return refuse(c, notFound('organisation', reference));
    }
    if (!hasAny(caller, scopes)) return refuse(c, lacking(scopes));
    const organization = await deps.stores.organizations.find(reference);
    if (organization === undefined) return refuse(c, notFound('organisation', reference));
    c.set('organization', organization);
    return next();
  };
}

/** Scopes of which a call asks for one; the first is the one that a refusal names. */
type Needed = readonly [BuiltInScope, ...BuiltInScope[]];

/** The refusal of a token that holds none of the scopes. */
export function lacking(scopes: Needed): Refusal<'insufficient_scope'> {
  return {
    code: 'insufficient_scope',
    detail:
      `This call needs the scope ${scopes.join(' or ')}: ` +
      'the token must name it, and a role of its owner must give it.',
    missingScopes: [scopes[0]],
    requiredScopes: [scopes[0]],
  };
}
