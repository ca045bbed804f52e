import type { SessionUsage } from '../core/session-use.ts';
import type { WebhookEvent } from '../core/webhook.ts';
import type { Database, Queryable, Transaction } from '../db/client.ts';
import { instant, text, textOrNull, type Row } from '../lib/row.ts';
import type { Clock } from '../lib/clock.ts';
import { sessionEndedEvent, type EndedSession } from './session-reports.ts';

/** So long after its end, what was done under a session is written down. */
const settledMs = 5000;
/** What ended while nobody was told is told for so long. */
const toldForMs = 3 * 86_400_000;
const pageSessions = 20;

export interface SessionReportsOptions {
  readonly database: Database;
  readonly outbox: { add(sql: Queryable, events: readonly WebhookEvent[]): Promise<void> };
  readonly usageOf: (sql: Queryable, sessionId: string) => Promise<SessionUsage>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Tells of sessions that are over, once of each, whichever node comes first. */
export class PostgresSessionReports {
  readonly #options: SessionReportsOptions;

  constructor(options: SessionReportsOptions) {
    this.#options = options;
  }

  /**
   * Tells of some sessions.
   * @returns how many; there may be more unless it is 0. @throws StoreUnavailable
   */
  tell(): Promise<number> {
    const { database, outbox, usageOf, clock } = this.#options;
    const nowMs = clock.now();
    return database.transaction(async (sql) => {
      const sessions = await takeEnded(sql, nowMs);
      const events: WebhookEvent[] = [];
      for (const session of sessions) events.push(sessionEndedEvent(session, await usageOf(sql, session.id), nowMs));
      await outbox.add(sql, events);
      return sessions.length;
    });
  }
}

/** Marks sessions as told of; those that another node is telling of are passed over. */
async function takeEnded(sql: Transaction, nowMs: number): Promise<readonly EndedSession[]> {
  const rows = await sql`
    WITH due AS (
      SELECT id FROM assume_sessions
      WHERE reported_at IS NULL AND ended_at <= ${new Date(nowMs - settledMs)} AND ended_at > ${new Date(nowMs - toldForMs)}
      ORDER BY ended_at LIMIT ${pageSessions} FOR UPDATE SKIP LOCKED
    ), told AS (
      UPDATE assume_sessions s SET reported_at = ${new Date(nowMs)} FROM due WHERE s.id = due.id RETURNING s.*
    )
    SELECT
      told.id, told.assume_token_id, told.reason, told.started_at, told.ended_at, told.end_reason,
      subject.id AS subject_id, subject.username AS subject_username, so.id AS subject_organization_id,
      so.slug AS subject_organization, actor.id AS actor_id, actor.username AS actor_username,
      ao.id AS actor_organization_id, ao.slug AS actor_organization
    FROM told
    JOIN users subject ON subject.id = told.subject_id JOIN organizations so ON so.id = subject.organization_id
    JOIN users actor ON actor.id = told.actor_id JOIN organizations ao ON ao.id = actor.organization_id
    ORDER BY told.ended_at, told.id`;
  return rows.map(endedSession);
}

function endedSession(row: Row): EndedSession {
  return {
    id: text(row, 'id'),
    assumeTokenId: text(row, 'assume_token_id'),
    subject: party(row, 'subject'),
    actor: party(row, 'actor'),
    reason: textOrNull(row, 'reason'),
    startedMs: instant(row, 'started_at'),
    endedMs: instant(row, 'ended_at'),
    endReason: text(row, 'end_reason'),
  };
}

function party(row: Row, who: 'subject' | 'actor'): EndedSession['actor'] {
  return {
    id: text(row, `${who}_id`),
    username: text(row, `${who}_username`),
    organizationId: text(row, `${who}_organization_id`),
    organizationSlug: text(row, `${who}_organization`),
  };
}
