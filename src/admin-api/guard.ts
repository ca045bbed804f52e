import type { MiddlewareHandler } from 'hono';
import { readBearer, recordProblem, unknownToken } from '../core/bearer.ts';
import { principalOf } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { BuiltInScope } from '../core/scope.ts';
import { hasAny, maySeeReference, type Caller } from './caller.ts';
import type { AdminDeps, AdminEnv } from './context.ts';
import { organizationReference } from './http/fields.ts';
import { notFound, refuse, type Refusal } from './http/problem-response.ts';

type GuardDeps = Pick<AdminDeps, 'clock' | 'currentConfig' | 'lookup'>;
type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** Lets nobody through without a personal access token that counts at this instant. */
export const authenticated: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const authentication = await authenticate(c.req.header('authorization'), c.var.deps);
  if (authentication.kind === 'refused') return refuse(c, authentication.problem);
  c.set('caller', authentication.caller);
  return next();
};

/** @throws StoreUnavailable when no tier can tell */
async function authenticate(authorization: string | undefined, deps: GuardDeps): Promise<Authentication> {
  if (authorization === undefined) return tokenMissing;
  const { tokens, roleScopes } = deps.currentConfig();
  const credential = readBearer(authorization, [tokens.prefix, ...tokens.acceptPrefixes]);
  if (credential.kind === 'refused') return credential;
  if (credential.token.kind !== 'pat') return wrongKind;
  const found = await deps.lookup.find(credential.token.hash, 0);
  if (found.kind === 'absent') return unknownToken;
  const problem = recordProblem(found.record, deps.clock.now());
  if (problem !== undefined) return { kind: 'refused', problem };
  return { kind: 'caller', caller: principalOf(found.record, roleScopes) };
}

const tokenMissing: Authentication = {
  kind: 'refused',
  problem: { code: 'token_missing', detail: 'Send "Authorization: Bearer <token>" with a personal access token.' },
};

const wrongKind: Authentication = {
  kind: 'refused',
  problem: { code: 'token_invalid', detail: 'The admin API takes personal access tokens alone.' },
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
