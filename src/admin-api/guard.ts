import type { MiddlewareHandler } from 'hono';
import { isAddressAllowed } from '../core/address-blocks.ts';
import { readBearer, recordProblem, unknownToken } from '../core/bearer.ts';
import { principalOf } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { BuiltInScope } from '../core/scope.ts';
import { isSecretEnded, type TokenRecord } from '../core/token-record.ts';
import { authorOf } from './authorship.ts';
import { hasAny, maySeeReference, type Caller } from './caller.ts';
import type { AdminDeps, AdminEnv } from './context.ts';
import { callerAddress } from './http/caller-address.ts';
import { organizationReference } from './http/fields.ts';
import { notFound, refuse, type Refusal } from './http/problem-response.ts';

type GuardDeps = Pick<AdminDeps, 'clock' | 'currentConfig' | 'lookup'>;
type Authentication =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly record?: TokenRecord };

/** Lets nobody through without a personal access token that counts at this instant. */
export const authenticated: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const authentication = await authenticate(c.req.header('authorization'), c.var.deps);
  if (authentication.kind === 'refused') {
    const { record, problem } = authentication;
    const { clock, endedSecrets } = c.var.deps;
    if (record !== undefined && isSecretEnded(record, clock.now())) {
      endedSecrets.note({ record, address: callerAddress(c), requestId: c.var.requestId, via: 'api' });
    }
    return refuse(c, problem);
  }
  const { caller } = authentication;
  if (caller.allowedIps.length > 0 && !isAddressAllowed(caller.allowedIps, callerAddress(c))) {
    return refuse(c, elsewhere(caller, callerAddress(c)));
  }
  c.set('caller', caller);
  const stores = c.var.deps.stores.as(authorOf(c));
  c.set('stores', stores);
  // So that no call can change anything in nobody's name.
  c.set('deps', { ...c.var.deps, stores });
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
  const problem = recordProblem(found.record, deps.clock.now(), tokens.maxLifetimeMs);
  if (problem !== undefined) return { kind: 'refused', problem, record: found.record };
  return { kind: 'caller', caller: principalOf(found.record, roleScopes, tokens.maxLifetimeMs) };
}

function elsewhere({ tokenId }: Caller, address: string): Problem {
  const from = address === '' ? 'an unknown address' : address;
  return { code: 'address_denied', detail: `The token ${tokenId} may not be used from ${from} (allowed_ips).` };
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
