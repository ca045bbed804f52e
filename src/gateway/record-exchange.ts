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
  const endedAt = clock.monotonic();
  const line = accessRecord(report, endedAt);
  accessLog.write(line);
  counters.answered(line.route, line.method, line.status, line.durationMs);
  const { decision, exchange, status } = report;
  if (decision === undefined) return;
  counters.decided(decision.kind === 'denied' ? decision.problem.code : undefined);
  if (decision.kind === 'allowed' && line.upstreamMs !== undefined) {
    counters.sentOn(decision.route.upstream, upstreamOutcome(exchange.problem?.code, status), line.upstreamMs);
  }
}

/** Field by field: spreading parts together costs more than all the rest of it. */
function accessRecord(report: ExchangeReport, endedAt: number): AccessRecord {
  const { exchange, request, origin, decision, status = clientLeftStatus } = report;
  const who = identityOf(decision);
  return {
    requestId: origin?.requestId ?? exchange.requestId,
    method: exchange.req.method ?? '',
    host: request?.host ?? '',
    path: request?.path.path ?? unreadPath(exchange),
    status,
    code: exchange.problem?.code,
    route: decision?.route?.name,
    revision: report.runtime.config.revision,
    tokenId: who.tokenId,
    subject: who.subject,
    actor: who.actor,
    organization: who.organization,
    source: who.source,
    durationMs: endedAt - exchange.startedAt,
    authMs: exchange.decidedAt === undefined ? undefined : exchange.decidedAt - exchange.startedAt,
    upstreamMs: upstreamTime(exchange, endedAt),
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    remoteAddress: origin?.address ?? exchange.peerAddress,
  };
}

/** Until the upstream's answer began, or until the end when none did; undefined when nothing was sent on. */
function upstreamTime({ upstreamStartedAt, upstreamAnsweredAt }: Exchange, endedAt: number): number | undefined {
  return upstreamStartedAt === undefined ? undefined : (upstreamAnsweredAt ?? endedAt) - upstreamStartedAt;
}

/** Of a request that was refused before its path was understood: what stands before the query. */
function unreadPath({ req }: Exchange): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}

type Identity = Pick<AccessRecord, 'tokenId' | 'subject' | 'actor' | 'organization' | 'source'>;

const nobody: Identity = {};

/** Whose token it was, also where it was refused. */
function identityOf(decision: Decision | undefined): Identity {
  if (decision?.kind === 'allowed') {
    const { principal, source } = decision;
    if (principal === undefined) return nobody;
    const { subject, actor, tokenId } = principal;
    return { tokenId, subject: subject.id, actor: actor?.id, organization: subject.organization.id, source };
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
