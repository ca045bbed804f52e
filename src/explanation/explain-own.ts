import type { Problem } from '../core/problem.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { TokenRecord } from '../core/token-record.ts';
import { isAssumePath } from '../gateway/assume-endpoints.ts';
import type { Authenticate, Authentication } from '../gateway/authenticate.ts';
import { answerOwn } from '../gateway/own-endpoints.ts';
import type { CleanRequest } from '../gateway/sanitize.ts';
import { answerSelf, selfActionOf, type SelfService } from '../gateway/self-endpoints.ts';
import type { Trace } from '../gateway/trace.ts';

export interface OwnExplanation {
  /** Why not. */
  readonly problem: Problem | undefined;
  /** Whose token was sent, where that is known. */
  readonly record: TokenRecord | undefined;
}

/** Nothing is done, only judged. */
const idle: SelfService = { act: () => Promise.resolve({ kind: 'json', body: {} }) };

/** Explains a request to what the gateway answers itself. */
export async function explainOwn(
  request: CleanRequest,
  authenticate: Authenticate,
  address: string,
  trace: Trace,
): Promise<OwnExplanation> {
  const text = `${request.method} ${request.path.path}  the gateway answers this path itself and never routes it`;
  trace.note('match', text);
  const authentication = await authenticateIfAsked(request, authenticate);
  const record = authentication.kind === 'none' ? undefined : authentication.record;
  const problem = isAssumePath(request)
    ? assumeProblem(authentication, trace)
    : await answerProblem(request, authenticate, address);
  if (problem !== undefined) trace.decide('access', problem.detail);
  return { problem, record };
}

async function authenticateIfAsked(request: CleanRequest, authenticate: Authenticate): Promise<Authentication> {
  if (request.authorization === undefined) return { kind: 'none' };
  try {
    return await authenticate(request, 0);
  } catch (error) {
    if (error instanceof StoreUnavailable) return { kind: 'none' };
    throw error;
  }
}

/** A redemption is not tried: it would open a session. */
function assumeProblem(authentication: Authentication, trace: Trace): Problem | undefined {
  if (authentication.kind === 'refused') return authentication.problem;
  if (authentication.kind === 'none') {
    return { code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' };
  }
  trace.note('access', 'the token is valid; whether a session opens or ends depends on what is sent with it');
  return undefined;
}

async function answerProblem(
  request: CleanRequest,
  authenticate: Authenticate,
  address: string,
): Promise<Problem | undefined> {
  const action = selfActionOf(request);
  const self = { request, authenticate, address, requestId: '', readBody: () => Promise.resolve('') };
  const answer =
    action === undefined
      ? await answerOwn(request, { authenticate, keySet: () => ({ text: '', etag: '' }) }, address)
      : await answerSelf(action, self, idle);
  return answer.kind === 'problem' ? answer.problem : undefined;
}
