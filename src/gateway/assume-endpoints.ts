import type { GatewayConfig } from '../config/compiled.ts';
import { principalOf, type Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { Redemption } from '../core/redemption.ts';
import { addressProblem } from './authorize.ts';
import type { OwnAnswer } from './own-endpoints.ts';
import type { CleanRequest } from './sanitize.ts';
import type { SelfRequest } from './self-endpoints.ts';
import { storeProblem } from './store-problem.ts';

/** What becomes of sessions at the wish of whoever acts in them. @throws StoreUnavailable, AuditUnavailable */
export interface AssumeService extends Redemption {
  /** Ends a session of the caller's. @returns the answer, or undefined when the caller has no such session */
  end(sessionId: string, call: EndCall): Promise<Record<string, unknown> | undefined>;
}

export interface EndCall {
  /** The actor's own principal, or the one that the session makes of them. */
  readonly caller: Principal;
  readonly address: string;
  readonly requestId: string;
}

const assumePath = '/.wayleave/assume';

/** Whether a path asks for a session, or for the end of one. */
export function isAssumePath({ path }: CleanRequest): boolean {
  return path.path === assumePath || path.path.startsWith(`${assumePath}/`);
}

/** Answers `POST /.wayleave/assume`, `DELETE /.wayleave/assume` and `DELETE /.wayleave/assume/{id}`. */
export async function answerAssume(
  self: SelfRequest,
  service: AssumeService,
  config: GatewayConfig,
): Promise<OwnAnswer> {
  const { request, address } = self;
  const id = request.path.path === assumePath ? undefined : request.path.path.slice(assumePath.length + 1);
  const allow = id === undefined ? ['POST', 'DELETE'] : ['DELETE'];
  if (!allow.includes(request.method)) {
    const detail = `${request.path.path} takes ${allow.join(' and ')}`;
    return refused({ code: 'method_not_allowed', detail, allow });
  }
  try {
    const authentication = await self.authenticate(request, 0);
    if (authentication.kind === 'none') {
      return refused({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' });
    }
    if (authentication.kind === 'refused') return { ...authentication, kind: 'problem' };
    const { principal, record } = authentication;
    const elsewhere = addressProblem(principal, address);
    if (elsewhere !== undefined) return { kind: 'problem', problem: elsewhere, record };
    if (request.method === 'DELETE') return await end(id, principal, { self, service });
    return await start(principal, self, { service, config });
  } catch (error) {
    return refused(storeProblem(error));
  }
}

async function start(
  caller: Principal,
  self: SelfRequest,
  { service, config }: { readonly service: AssumeService; readonly config: GatewayConfig },
): Promise<OwnAnswer> {
  const body = await self.readBody();
  if (typeof body !== 'string') return refused(body);
  const wish = readWish(body);
  if ('code' in wish) return refused(wish);
  const { address, requestId } = self;
  const outcome = await service.redeem({ ...wish, caller, way: 'token', via: 'proxy', address, requestId });
  if (outcome.kind === 'refused') return refused(outcome.problem);
  const { session, secret, record } = outcome;
  const { scopes } = principalOf(record, config.roleScopes, config.tokenPolicy);
  const { subject } = session;
  return {
    kind: 'json',
    status: 201,
    body: {
      token: secret,
      id: session.id,
      subject: { id: subject.id, username: subject.username, kind: subject.kind },
      organization: { id: subject.organizationId, slug: subject.organizationSlug },
      scopes: [...scopes],
      read_only: session.readOnly,
      assume_token: session.assumeTokenId,
      expires_at: new Date(session.expiresAt).toISOString(),
    },
  };
}

async function end(
  id: string | undefined,
  caller: Principal,
  { self, service }: { readonly self: SelfRequest; readonly service: AssumeService },
): Promise<OwnAnswer> {
  const { address, requestId } = self;
  // A session ends itself alone; its actor ends any of theirs, by its id.
  const own = caller.assumption === undefined ? undefined : caller.tokenId;
  const wanted = id ?? own;
  if (wanted === undefined) {
    const detail = `send the session's own token, or name the session: DELETE ${assumePath}/{id}`;
    return refused({ code: 'invalid_request', detail });
  }
  const isOthers = own !== undefined && wanted !== own;
  const body = isOthers ? undefined : await service.end(wanted, { caller, address, requestId });
  return body === undefined
    ? refused({ code: 'not_found', detail: `you have no session ${wanted}` })
    : { kind: 'json', body };
}

function readWish(body: string): { readonly assumeToken: string; readonly reason: string | undefined } | Problem {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return malformed;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return malformed;
  const { token, reason, ...others } = given as Record<string, unknown>;
  if (typeof token !== 'string' || Object.keys(others).length > 0) return malformed;
  if (reason !== undefined && typeof reason !== 'string') return malformed;
  return { assumeToken: token, reason };
}

const malformed: Problem = {
  code: 'invalid_request',
  detail: 'the body is a JSON object of "token", an assume-user token, and "reason"',
};

function refused(problem: Problem): OwnAnswer {
  return { kind: 'problem', problem };
}
