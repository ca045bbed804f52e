import type { GatewayConfig } from '../config/compiled.ts';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { Route } from '../core/route.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { LookupSource } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authenticate, Authentication } from './authenticate.ts';
import { authorize } from './authorize.ts';
import { findRoute } from './match-route.ts';
import type { CleanRequest } from './sanitize.ts';
import type { Trace } from './trace.ts';

export interface Allowed {
  readonly kind: 'allowed';
  readonly route: Route;
  /** undefined on a public route: no credential was looked at. */
  readonly principal: Principal | undefined;
  readonly source: LookupSource | undefined;
}

export interface Denied {
  readonly kind: 'denied';
  readonly problem: Problem;
  readonly route: Route | undefined;
  /** Whose token it was, where that is known: for the log. */
  readonly record: TokenRecord | undefined;
}

export type Decision = Allowed | Denied;

/**
 * Decides one request: route, credential, access, in this order. The data plane and `explain` both come here, the
 * latter with a trace; whoever forwards does so only on `allowed`. The answer comes at once when the authentication
 * does: a request with a known token waits for nothing.
 */
export function decide(
  request: CleanRequest,
  config: GatewayConfig,
  authenticate: Authenticate,
  trace?: Trace,
): Decision | Promise<Decision> {
  const match = findRoute(request, config, trace);
  if (match.kind === 'refused') return denied(match.problem, match.route);
  const { route } = match;
  if (route.access.kind === 'public') {
    trace?.note('access', 'the route is public: no credential is looked at, no identity is sent');
    return { kind: 'allowed', route, principal: undefined, source: undefined };
  }
  const authentication = authenticate(request, config.cache.staleForMs);
  if (!(authentication instanceof Promise)) return judge(authentication, route, request, trace);
  return authentication.then(
    (result) => judge(result, route, request, trace),
    (error: unknown) => judge(storeFailure(error), route, request, trace),
  );
}

function judge(authentication: Authentication, route: Route, request: CleanRequest, trace?: Trace): Decision {
  switch (authentication.kind) {
    case 'none': {
      trace?.decide('auth', 'no token was sent');
      return denied({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' }, route);
    }
    case 'refused': {
      trace?.decide('auth', authentication.problem.detail);
      return denied(authentication.problem, route, authentication.record);
    }
    case 'authenticated': {
      const { principal, record, source } = authentication;
      if (trace !== undefined) explainIdentity(principal, record, trace);
      const problem = authorize(principal, route, request, trace);
      return problem === undefined ? { kind: 'allowed', route, principal, source } : denied(problem, route, record);
    }
  }
}

function explainIdentity({ subject, roles }: Principal, record: TokenRecord, trace: Trace): void {
  trace.note('auth', `token ${record.id} (${record.kind}, organisation ${subject.organization.slug}) is valid`);
  trace.note('identity', `subject ${subject.username}, roles ${roles.join(' ') || 'none'}`);
}

/** A broken store answers 503, never 401 and never a pass. @throws whatever is no store's failure */
function storeFailure(error: unknown): Authentication {
  if (!(error instanceof StoreUnavailable)) throw error;
  const detail = 'the token store does not answer; try again shortly';
  return { kind: 'refused', problem: { code: 'store_unavailable', detail, retryAfterSeconds: 1, cause: error } };
}

function denied(problem: Problem, route: Route | undefined, record?: TokenRecord): Denied {
  return { kind: 'denied', problem, route, record };
}
