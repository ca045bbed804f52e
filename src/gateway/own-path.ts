import type { Problem } from '../core/problem.ts';
import { answerAssume, isAssumePath, type AssumeService } from './assume-endpoints.ts';
import { addressOf, type LivePassage } from './live-passage.ts';
import { answerOwn, type OwnAnswer } from './own-endpoints.ts';
import type { CleanRequest } from './sanitize.ts';
import { answerSelf, selfActionOf, type SelfService } from './self-endpoints.ts';

/** What answers the gateway's own paths that change something. */
export interface OwnServices {
  readonly self: SelfService;
  readonly assume: AssumeService;
}

/** Answers a request to a path of the gateway's own. @param readBody reads its body when it is wanted */
export function answerOwnPath(
  passage: LivePassage,
  request: CleanRequest,
  services: OwnServices,
  readBody: () => Promise<string | Problem>,
): Promise<OwnAnswer> {
  const { exchange, origin, runtime } = passage;
  const requestId = origin?.requestId ?? exchange.requestId;
  const own = { request, authenticate: runtime.authenticate, address: addressOf(passage), requestId, readBody };
  if (isAssumePath(request)) return answerAssume(own, services.assume, runtime.config);
  const action = selfActionOf(request);
  return action === undefined ? answerOwn(request, runtime, own.address) : answerSelf(action, own, services.self);
}
