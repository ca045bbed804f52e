import { sessionReport } from '../core/session-report.ts';
import type { SessionUsage } from '../core/session-use.ts';
import type { WebhookEvent } from '../core/webhook.ts';

/** Somebody who takes part in a session. */
export interface SessionParty {
  readonly id: string;
  readonly username: string;
  readonly organizationId: string;
  readonly organizationSlug: string;
}

/** A session of an assumed user that is over. Instants are epoch milliseconds. */
export interface EndedSession {
  readonly id: string;
  readonly assumeTokenId: string;
  readonly subject: SessionParty;
  readonly actor: SessionParty;
  readonly reason: string | null;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly endReason: string;
}

/** The event by which the organisation of the assumed user gets the report of a session. */
export function sessionEndedEvent(session: EndedSession, usage: SessionUsage, nowMs: number): WebhookEvent {
  const { subject, actor } = session;
  const report = sessionReport(usage);
  return {
    type: 'assume.session_ended',
    organizationId: subject.organizationId,
    at: nowMs,
    data: {
      session_id: session.id,
      assume_token_id: session.assumeTokenId,
      organization_id: subject.organizationId,
      organization: subject.organizationSlug,
      subject: { id: subject.id, username: subject.username },
      actor: {
        id: actor.id,
        username: actor.username,
        organization_id: actor.organizationId,
        organization: actor.organizationSlug,
      },
      reason: session.reason,
      started_at: rfc3339(session.startedMs),
      ended_at: rfc3339(session.endedMs),
      end_reason: session.endReason,
      calls: report.calls,
      refused: report.refused,
      first_at: report.firstMs === null ? null : rfc3339(report.firstMs),
      last_at: report.lastMs === null ? null : rfc3339(report.lastMs),
      routes: report.routes.map(({ firstMs, lastMs, ...line }) => ({ ...line, ...span({ firstMs, lastMs }) })),
      addresses: report.addresses.map(({ address, calls, ...seen }) => ({ address, calls, ...span(seen) })),
      has_more_addresses: report.hasMoreAddresses,
    },
  };
}

function span({ firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number }) {
  return { first_at: rfc3339(firstMs), last_at: rfc3339(lastMs) };
}

function rfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
