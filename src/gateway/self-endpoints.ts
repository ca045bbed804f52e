import type { IncomingMessage } from 'node:http';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authenticate } from './authenticate.ts';
import { addressProblem } from './authorize.ts';
import type { CleanRequest } from './sanitize.ts';
import { storeProblem } from './store-problem.ts';

/** What a token can do to itself on the proxy listener. */
export type SelfAction = 'rotate' | 'revoke';

export interface SelfCall {
  readonly action: SelfAction;
  readonly caller: Principal;
  /** The text of the request's body. */
  readonly body: string;
  readonly address: string;
  readonly requestId: string;
}

export type SelfAnswer =
  | { readonly kind: 'json'; readonly body: Record<string, unknown> }
  /** `record` where it is known whose token was refused. */
  | { readonly kind: 'problem'; readonly problem: Problem; readonly record?: TokenRecord | undefined };

/** Changes tokens in their own name. @throws StoreUnavailable, AuditUnavailable */
export interface SelfService {
  act(call: SelfCall): Promise<SelfAnswer>;
}

export interface SelfRequest {
  readonly request: CleanRequest;
  readonly authenticate: Authenticate;
  readonly address: string;
  readonly requestId: string;
  /** Reads the body when it is wanted. */
  readonly readBody: () => Promise<string | Problem>;
}

const selfPath = '/.wayleave/self/';

/** What a path asks a token to do to itself; undefined for every other path. */
export function selfActionOf({ path }: CleanRequest): SelfAction | undefined {
  if (!path.path.startsWith(selfPath)) return undefined;
  const name = path.path.slice(selfPath.length);
  return name === 'rotate' || name === 'revoke' ? name : undefined;
}

/**
 * Lets a personal access token rotate or revoke itself. It needs no scope for that: whoever holds a token can give it
 * away or throw it away just as well.
 */
export async function answerSelf(action: SelfAction, self: SelfRequest, service: SelfService): Promise<SelfAnswer> {
  const { request, address, requestId } = self;
  if (request.method !== 'POST') {
    return refused({ code: 'method_not_allowed', detail: `${request.path.path} takes POST`, allow: ['POST'] });
  }
  try {
    const authentication = await self.authenticate(request, 0);
    if (authentication.kind === 'none') {
      return refused({ code: 'token_missing', detail: 'send "Authorization: Bearer <token>"' });
    }
    if (authentication.kind === 'refused') return refused(authentication.problem, authentication.record);
    const { principal, record } = authentication;
    if (record.kind !== 'pat') {
      return refused({ code: 'token_invalid', detail: 'only a personal access token acts on itself' }, record);
    }
    const elsewhere = addressProblem(principal, address);
    if (elsewhere !== undefined) return refused(elsewhere, record);
    const body = await self.readBody();
    if (typeof body !== 'string') return refused(body, record);
    return await service.act({ action, caller: principal, body, address, requestId });
  } catch (error) {
    return refused(storeProblem(error));
  }
}

const bodyBytesMax = 4096;
const bodyWaitMs = 10_000;

/** Reads a short body to its end. */
export async function readShortBody(req: IncomingMessage): Promise<string | Problem> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => req.emit('error', new Error('the body took too long')), bodyWaitMs);
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > bodyBytesMax) {
        return { code: 'body_too_large', detail: `the body may have at most ${bodyBytesMax} bytes` };
      }
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch {
    return { code: 'request_timeout', detail: `the body was not complete within ${bodyWaitMs / 1000} s` };
  } finally {
    clearTimeout(timer);
  }
}

function refused(problem: Problem, record?: TokenRecord): SelfAnswer {
  return { kind: 'problem', problem, record };
}
