import type { GatewayConfig } from '../config/compiled.ts';
import { principalOf } from '../core/principal.ts';
import { problemCatalogue, type Problem, type ProblemCode } from '../core/problem.ts';
import { canonicalPath } from '../core/request-path.ts';
import type { Found } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { Authentication } from '../gateway/authenticate.ts';
import { decide, type Decision } from '../gateway/decide.ts';
import type { PastDecision } from '../gateway/decision-ring.ts';
import type { CleanRequest } from '../gateway/sanitize.ts';
import { Trace } from '../gateway/trace.ts';
import { explainCounted } from './explain-limit.ts';
import { explainPassing } from './explain-passing.ts';
import { knowledgeText } from './knowledge-age.ts';

/**
 * Makes a decision of the past again and keeps the steps: of the same path, address and configuration, and of the token
 * as it was known then.
 * @returns undefined when it comes out otherwise, because not all of its path has been kept
 */
export async function decideAgain(
  past: PastDecision,
  config: GatewayConfig,
): Promise<{ readonly trace: Trace; readonly decision: Decision } | undefined> {
  const canonical = canonicalPath(past.path);
  if (canonical.kind === 'refused') return undefined;
  const { source, ageMs, staleMs } = past;
  const trace = new Trace(() => (source === undefined ? undefined : knowledgeText(source, { ageMs, staleMs })));
  trace.note('path', `${canonical.path.path}  as it was forwarded, without its query`);
  const request = requestOf(past, canonical.path);
  const authenticate = (): Authentication => authenticationThen(past, config);
  const judged = await decide(request, { config, authenticate }, past.address, trace);
  const decision = explainCounted(judged, past, trace);
  if (decision.kind !== past.outcome) return undefined;
  if (decision.kind === 'denied' && decision.problem.code !== past.problem?.code) return undefined;
  if (decision.kind === 'allowed') explainPassing(request, decision, { config }, trace);
  return { trace, decision };
}

function requestOf({ method, host, record }: PastDecision, path: CleanRequest['path']): CleanRequest {
  return {
    method,
    path,
    authority: host,
    host,
    headers: [],
    authorization: record && 'Bearer',
    upgrade: undefined,
    contentLength: undefined,
    chunked: false,
    claims: {
      for: undefined,
      proto: undefined,
      host: undefined,
      requestId: undefined,
      traceparent: undefined,
      tracestate: undefined,
    },
  };
}

/** Codes of refusals that come after a token has been taken. */
const accessCodes: ReadonlySet<string> = new Set<ProblemCode>([
  'insufficient_scope',
  'kind_denied',
  'organization_denied',
  'address_denied',
  'assumed_denied',
  'assumed_read_only',
  'rate_limited',
]);

function authenticationThen(past: PastDecision, config: GatewayConfig): Authentication {
  const { record, problem, outcome } = past;
  const found = record && foundThen(past, record);
  if (outcome === 'denied' && problem !== undefined && !accessCodes.has(problem.code)) {
    if (problem.code === 'token_missing') return { kind: 'none' };
    const refused = { kind: 'refused', problem: problemThen(problem) } as const;
    return record === undefined || found === undefined ? refused : { ...refused, record, found };
  }
  if (record === undefined || found === undefined) return { kind: 'none' };
  const principal = principalOf(record, config.roleScopes, config.tokenPolicy);
  return { kind: 'authenticated', principal, record, source: found.source, staleMs: past.staleMs, found };
}

function foundThen({ source = 'postgres', staleMs }: PastDecision, record: TokenRecord): Found {
  return { kind: 'found', record, source, ...(staleMs !== undefined && { staleMs }) };
}

function problemThen({ code, detail }: { readonly code: string; readonly detail: string }): Problem {
  return { code: Object.hasOwn(problemCatalogue, code) ? (code as ProblemCode) : 'internal_error', detail };
}
