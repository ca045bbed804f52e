import type { GatewayConfig } from '../config/compiled.ts';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { RateCount } from '../core/rate-limit.ts';
import type { Route } from '../core/route.ts';
import type { Found, LookupSource } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authenticate, Authentication } from './authenticate.ts';
import { authorize, type Visit } from './authorize.ts';
import { upgradeFromElsewhere } from './browser.ts';
import { explainIdentity, ownerOf, whyLacking } from './explain-identity.ts';
import { findRoute } from './match-route.ts';
import { judgePreflight, type GrantedPreflight, type Preflight, type PreflightOutcome } from './preflight.ts';
import type { CleanRequest } from './sanitize.ts';
import { storeProblem } from './store-problem.ts';
import type { Trace } from './trace.ts';

export interface Allowed {
  readonly kind: 'allowed';
  readonly route: Route;
  /** undefined on a public route: no credential was looked at. */
  readonly principal: Principal | undefined;
  readonly source: LookupSource | undefined;
  /** Of a stale record: how long ago, in milliseconds, it was last known to be true. */
  readonly staleMs?: number | undefined;
  /** What the principal was made of. */
  readonly record: TokenRecord | undefined;
  /** How the record was come by. */
  readonly found?: Found | undefined;
  /** Where a header has made the actor another user: the token that was sent beside it. */
  readonly own?: TokenRecord | undefined;
  /** On a route with a rate limit: what is left of it, once the request has been counted. */
  readonly counted?: RateCount | undefined;
  /** It is a browser's question about another request, which the gateway answers itself. */
  readonly preflight?: GrantedPreflight;
}

export interface Denied {
  readonly kind: 'denied';
  readonly problem: Problem;
  readonly route: Route | undefined;
  /** Whose token it was, where that is known: for the log. */
  readonly record: TokenRecord | undefined;
  readonly found?: Found | undefined;
  readonly preflight?: Preflight;
}

export type Decision = Allowed | Denied;

/** What a request is judged by: the parts of a runtime that decide. */
export interface Rules {
  readonly config: GatewayConfig;
  readonly authenticate: Authenticate;
}

/**
 * Decides one request: route, credential, access, in this order. The data plane and `explain` both come here, the
 * latter with a trace; whoever forwards does so only on `allowed`. The answer comes at once when the authentication
 * does: a request with a known token waits for nothing.
 * @param address where the request comes from
 */
export function decide(
  request: CleanRequest,
  rules: Rules,
  address: string,
  trace?: Trace,
): Decision | Promise<Decision> {
  const asked = request.method === 'OPTIONS' ? judgePreflight(request, rules.config, trace) : undefined;
  if (asked !== undefined) return preflightDecision(asked);
  const match = findRoute(request, rules.config, trace);
  if (match.kind === 'refused') return denied(match.problem, match.route);
  const { route } = match;
  const elsewhere = route.exposedTo === undefined ? undefined : upgradeFromElsewhere(request, route);
  if (elsewhere !== undefined) {
    trace?.decide('access', elsewhere.detail);
    return denied(elsewhere, route);
  }
  if (route.access.kind === 'public') {
    trace?.note('access', 'the route is public: no credential is looked at, no identity is sent');
    return { kind: 'allowed', route, principal: undefined, source: undefined, record: undefined };
  }
  const authentication = rules.authenticate(request, route.staleForMs);
  const visit = { route, request, address };
  if (!(authentication instanceof Promise)) return judge(authentication, visit, rules, trace);
  return authentication.then(
    (result) => judge(result, visit, rules, trace),
    (error: unknown) => judge(storeFailure(error), visit, rules, trace),
  );
}

/** Nobody is known who asks. */
function preflightDecision(asked: PreflightOutcome): Decision {
  const { route, preflight } = asked;
  if (asked.kind === 'denied') return { ...denied(asked.problem, route), preflight };
  return {
    kind: 'allowed',
    route,
    principal: undefined,
    source: undefined,
    record: undefined,
    preflight: asked.preflight,
  };
}

function judge(authentication: Authentication, visit: Visit, rules: Rules, trace?: Trace): Decision {
  const { route } = visit;
  switch (authentication.kind) {
    case 'none': {
      trace?.decide('auth', 'no token was sent');
      return denied({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' }, route);
    }
    case 'refused': {
      trace?.decide('auth', authentication.problem.detail);
      trace?.add([...ownerOf(authentication.record), ...trace.knowledgeOf(authentication.found)]);
      return { ...denied(authentication.problem, route, authentication.record), found: authentication.found };
    }
    case 'authenticated': {
      const { principal, record, source, staleMs, found, own } = authentication;
      if (trace !== undefined) explainIdentity(authentication, trace);
      const problem = authorize(principal, visit, trace);
      if (problem === undefined) return { kind: 'allowed', route, principal, source, staleMs, record, found, own };
      if (found !== undefined) trace?.add(whyLacking(problem.missingScopes ?? [], record, rules.config.roleScopes));
      return { kind: 'denied', problem, route, record, found };
    }
  }
}

/** A broken store answers 503, never 401 and never a pass. @throws whatever is no store's failure */
function storeFailure(error: unknown): Authentication {
  return { kind: 'refused', problem: storeProblem(error) };
}

function denied(problem: Problem, route: Route | undefined, record?: TokenRecord): Denied {
  return { kind: 'denied', problem, route, record };
}
