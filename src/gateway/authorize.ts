import { isAddressAllowed } from '../core/address-blocks.ts';
import type { Problem } from '../core/problem.ts';
import type { Principal } from '../core/principal.ts';
import { requirementOf, type Route, type ScopeRequirement } from '../core/route.ts';
import type { CleanRequest } from './sanitize.ts';
import type { Trace } from './trace.ts';

/** A request on the route that takes it. */
export interface Visit {
  readonly route: Route;
  readonly request: CleanRequest;
  /** Where it comes from. */
  readonly address: string;
}

/**
 * Judges, for this very request, whether a principal may use a route: address, assumption, kind, organisation, scopes.
 * Nothing of it is cached.
 * @returns why not, or undefined
 */
export function authorize(principal: Principal, visit: Visit, trace?: Trace): Problem | undefined {
  const { route, request, address } = visit;
  const { subject } = principal;
  const elsewhere = addressProblem(principal, address);
  if (elsewhere !== undefined) {
    trace?.decide('access', elsewhere.detail);
    return elsewhere;
  }
  const assumed = assumedProblem(principal, visit);
  if (assumed !== undefined) {
    trace?.decide('access', assumed.detail);
    return assumed;
  }
  if (route.kinds !== undefined && !route.kinds.includes(subject.kind)) {
    trace?.decide('access', `the route is for ${route.kinds.join(', ')}; the subject is ${subject.kind}`);
    return { code: 'kind_denied', detail: `the route "${route.name}" is not open to a ${subject.kind} user` };
  }
  const { organization } = subject;
  const open = route.organizations;
  if (open !== undefined && !open.includes(organization.id) && !open.includes(organization.slug)) {
    trace?.decide('access', `the route is for ${open.join(', ')}; the subject is of ${organization.slug}`);
    return { code: 'organization_denied', detail: `the route "${route.name}" is not open to ${organization.slug}` };
  }
  return missingScopes(principal, route, request, trace);
}

/** Says that the token may not be used from an address; undefined when it may. */
export function addressProblem({ allowedIps, tokenId }: Principal, address: string): Problem | undefined {
  if (allowedIps.length === 0 || isAddressAllowed(allowedIps, address)) return undefined;
  const from = address === '' ? 'an unknown address' : address;
  return { code: 'address_denied', detail: `the token ${tokenId} may not be used from ${from} (allowed_ips)` };
}

/** RFC 9110, section 9.2.1. */
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Says what an assumed user may not do here that the user may; undefined when there is nothing. */
function assumedProblem({ assumption, subject }: Principal, { route, request }: Visit): Problem | undefined {
  if (assumption === undefined) return undefined;
  if (route.assumed === 'deny') {
    const detail = `the route "${route.name}" is not open to whoever acts as ${subject.username} (assumed: deny)`;
    return { code: 'assumed_denied', detail };
  }
  if (!assumption.readOnly && route.assumed === 'allow') return undefined;
  if (safeMethods.has(request.method) && request.upgrade === undefined) return undefined;
  const rule = assumption.readOnly ? `the assume-user token ${assumption.grantId}` : `the route "${route.name}"`;
  const what = request.upgrade === undefined ? request.method : 'an upgrade';
  return { code: 'assumed_read_only', detail: `${rule} lets an assumed user read alone, and ${what} is more` };
}

function missingScopes(
  principal: Principal,
  route: Route,
  { method }: CleanRequest,
  trace?: Trace,
): Problem | undefined {
  if (route.access.kind !== 'scopes') {
    trace?.note('access', 'any valid token will do');
    return undefined;
  }
  const required = requirementOf(route.access, method);
  if (required === undefined) throw new Error(`route ${route.name} was matched with ${method}, which it does not take`);
  const missing = missingOf(required, principal.scopes);
  if (missing.length === 0) {
    trace?.note('access', comparison(required, principal));
    return undefined;
  }
  trace?.decide('access', comparison(required, principal));
  const one = required.all.every((scope) => principal.scopes.has(scope)) ? 'one of ' : '';
  return {
    code: 'insufficient_scope',
    detail: `the route "${route.name}" asks for ${describeRequirement(required)}; the token lacks ${one}${missing.join(', ')}`,
    missingScopes: missing,
    requiredScopes: [...required.all, ...required.any],
  };
}

function comparison(required: ScopeRequirement, principal: Principal): string {
  return `need ${describeRequirement(required)}   have ${[...principal.scopes].join(' ') || 'none'}`;
}

function missingOf(required: ScopeRequirement, held: ReadonlySet<string>): string[] {
  const missing = required.all.filter((scope) => !held.has(scope));
  const anyHeld = required.any.length === 0 || required.any.some((scope) => held.has(scope));
  return anyHeld ? missing : [...missing, ...required.any];
}

/** `device:read and one of (a, b)`, as people read it. */
function describeRequirement(required: ScopeRequirement): string {
  const parts = [...required.all];
  if (required.any.length > 0) parts.push(`one of (${required.any.join(', ')})`);
  return parts.join(' and ');
}
