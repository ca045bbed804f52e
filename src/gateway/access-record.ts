import type { ProblemCode } from '../core/problem.ts';
import type { AccessRecord } from '../observability/access-log.ts';
import { originOf } from './browser.ts';
import type { Decision } from './decide.ts';
import type { Exchange } from './exchange.ts';
import type { ExchangeReport } from './passage.ts';
import type { CleanRequest } from './sanitize.ts';

/** What nginx made usual for a client that left before it was answered. */
export const clientLeftStatus = 499;

/**
 * What the access log says of an exchange. Field by field: spreading parts together costs more than all the rest of it.
 * @param epoch what to add to a monotonic time to get the time of day
 */
export function accessRecord(report: ExchangeReport, epoch: number): AccessRecord {
  const { exchange, request, origin, decision, endedAt, status = clientLeftStatus } = report;
  const who = identityOf(decision);
  const page = pageOf(decision, request);
  return {
    time: Math.round(epoch + endedAt),
    requestId: origin?.requestId ?? exchange.requestId,
    method: exchange.req.method ?? '',
    host: request?.host ?? '',
    path: request?.path.path ?? unreadPath(exchange),
    status,
    code: exchange.problem?.code,
    decision: decision?.kind,
    reason: reasonOf(decision),
    oneIn: sampleOf(report, status),
    route: decision?.route?.name,
    revision: report.runtime.config.revision,
    tokenId: who.tokenId,
    subject: who.subject,
    actor: who.actor,
    assumeToken: who.assumeToken,
    organization: who.organization,
    source: who.source,
    preflight: page.preflight,
    origin: page.origin,
    durationMs: endedAt - exchange.startedAt,
    authMs: authTime(exchange),
    upstreamMs: upstreamTime(exchange, endedAt),
    bytesIn: exchange.bytesIn,
    bytesOut: exchange.bytesOut,
    remoteAddress: origin?.address ?? exchange.peerAddress,
  };
}

/** Why it was denied. */
export function reasonOf(decision: Decision | undefined): ProblemCode | undefined {
  return decision?.kind === 'denied' ? decision.problem.code : undefined;
}

/** undefined: the line is written whatever happens. */
function sampleOf({ decision, exchange, runtime }: ExchangeReport, status: number): number | undefined {
  const { oneSuccessIn } = runtime.config.accessLog;
  // What is done as somebody else is written down whole.
  if (oneSuccessIn === 1 || decision?.kind !== 'allowed' || decision.record?.assumption) return undefined;
  return status < 400 && exchange.problem === undefined ? oneSuccessIn : undefined;
}

type PageAsking = Pick<AccessRecord, 'preflight' | 'origin'>;

const noPage: PageAsking = {};

/** What a page wanted of the gateway, where that is what was decided about. */
function pageOf(decision: Decision | undefined, request: CleanRequest | undefined): PageAsking {
  if (decision?.preflight !== undefined) {
    return { preflight: decision.preflight.method, origin: decision.preflight.origin };
  }
  if (decision?.kind !== 'denied' || decision.problem.code !== 'origin_denied') return noPage;
  return { origin: originOf(request?.headers ?? []) };
}

/** Until it was decided. */
function authTime({ decidedAt, startedAt }: Exchange): number | undefined {
  return decidedAt === undefined ? undefined : decidedAt - startedAt;
}

/** Until the upstream's answer began, or until the end when none did; undefined when nothing was sent on. */
function upstreamTime({ upstreamStartedAt, upstreamAnsweredAt }: Exchange, endedAt: number): number | undefined {
  return upstreamStartedAt === undefined ? undefined : (upstreamAnsweredAt ?? endedAt) - upstreamStartedAt;
}

/** Of a request that was refused before its path was understood: what stands before the query. */
function unreadPath({ req }: Exchange): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}

type Identity = Pick<AccessRecord, 'tokenId' | 'subject' | 'actor' | 'assumeToken' | 'organization' | 'source'>;

const nobody: Identity = {};

/** Whose token it was, also where it was refused. */
function identityOf(decision: Decision | undefined): Identity {
  const record = decision?.record;
  if (record === undefined) return nobody;
  const { id, owner, assumption } = record;
  return {
    tokenId: id,
    subject: owner.id,
    actor: assumption?.redeemer.owner.id,
    assumeToken: assumption?.grantId,
    organization: owner.organization.id,
    source: decision?.kind === 'allowed' ? decision.source : undefined,
  };
}
