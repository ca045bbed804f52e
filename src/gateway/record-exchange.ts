import type { ProblemCode } from '../core/problem.ts';
import type { Clock } from '../lib/clock.ts';
import type { AccessLog, AccessRecord } from '../observability/access-log.ts';
import type { Decision } from './decide.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeReport } from './proxy.ts';

/** How a request that was sent on ended. */
export type UpstreamOutcome = 'answered' | 'unreachable' | 'invalid_response' | 'timeout' | 'aborted';

/** What is counted of exchanges. */
export interface ExchangeCounters {
  /** @param route undefined: no route took it */
  answered(route: string | undefined, method: string, status: number, durationMs: number): void;
  /** @param denial undefined: it was allowed */
  decided(denial: ProblemCode | undefined): void;
  sentOn(upstream: string, outcome: UpstreamOutcome, untilAnswerMs: number): void;
}

export interface ExchangeRecorder {
  readonly accessLog: Pick<AccessLog, 'write'>;
  readonly counters: ExchangeCounters;
  readonly clock: Clock;
}

/** What nginx made usual for a client that left before it was answered. */
const clientLeftStatus = 499;

/** Writes the line of an exchange and counts it, once its answer has closed. */
export function recordExchange(report: ExchangeReport, { accessLog, counters, clock }: ExchangeRecorder): void {
  const { exchange, request, origin, decision, status = clientLeftStatus } = report;
  const endedAt = clock.monotonic();
  const durationMs = endedAt - exchange.startedAt;
  const upstreamMs = upstreamTime(exchange, endedAt);
  const method = exchange.req.method ?? '';
  const route = decision?.route?.name;
  const who = identityOf(decision);
  // Field by field: spreading parts into it costs more than all the rest of this function.
  accessLog.write({
    requestId: origin?.requestId ?? exchange.requestId,
    method,
    host: request?.host ?? '',
    path: request?.path.path ?? unreadPath(exchange),
    status,
    code: exchange.problem?.code,
    route,
    revision: report.runtime.config.revision,
    tokenId: who.tokenId,
    subject: who.subject,
    actor: who.actor,
    organization: who.organization,
    source: decision?.kind === 'allowed' ? decision.source : undefined,
    durationMs,
    authMs: exchange.decidedAt === undefined ? undefined : exchange.decidedAt - exchange.startedAt,
    upstreamMs,
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    remoteAddress: origin?.address ?? exchange.peerAddress,
  });
  counters.answered(route, method, status, durationMs);
  if (decision === undefined) return;
  counters.decided(decision.kind === 'denied' ? decision.problem.code : undefined);
  if (decision.kind === 'allowed' && upstreamMs !== undefined) {
    counters.sentOn(decision.route.upstream, upstreamOutcome(exchange.problem?.code, report.status), upstreamMs);
  }
}

/** Until the upstream's answer began, or until the end when none did; undefined when nothing was sent on. */
function upstreamTime({ upstreamStartedAt, upstreamAnsweredAt }: Exchange, endedAt: number): number | undefined {
  return upstreamStartedAt === undefined ? undefined : (upstreamAnsweredAt ?? endedAt) - upstreamStartedAt;
}

/** Of a request that was refused before its path was understood: what stands before the query. */
function unreadPath({ req }: Exchange): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}

type Identity = Pick<AccessRecord, 'tokenId' | 'subject' | 'actor' | 'organization'>;

const nobody: Identity = {};

/** Whose token it was, also where it was refused. */
function identityOf(decision: Decision | undefined): Identity {
  if (decision?.kind === 'allowed') {
    const { principal } = decision;
    if (principal === undefined) return nobody;
    const { subject, actor, tokenId } = principal;
    return { tokenId, subject: subject.id, actor: actor?.id, organization: subject.organization.id };
  }
  const record = decision?.record;
  if (record === undefined) return nobody;
  return { tokenId: record.id, subject: record.owner.id, organization: record.owner.organization.id };
}

function upstreamOutcome(code: ProblemCode | undefined, status: number | undefined): UpstreamOutcome {
  switch (code) {
    case undefined:
      return status === undefined ? 'aborted' : 'answered';
    case 'upstream_unreachable':
      return 'unreachable';
    case 'upstream_timeout':
      return 'timeout';
    case 'upstream_invalid_response':
      return 'invalid_response';
    default:
      return 'aborted';
  }
}
