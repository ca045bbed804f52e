import type { WebhookEvent } from '../core/webhook.ts';
import type { Database, Queryable, Transaction } from '../db/client.ts';
import { instant, integer, text, type Row } from '../lib/row.ts';
import { warningDays, type ExpiringToken, type ExpiryWalk, type WalkStep } from './expiry-warnings.ts';

const dayMs = 86_400_000;
/** One node a minute, whichever asks first. */
const pauseSeconds = 55;
/** So many tokens are looked at in one statement, and so many of them warned of. */
const pageTokens = 2000;
const pageWarnings = 200;
/** What lives for less is meant to end; nobody is warned of it. */
const shortLifeMs = 3_600_000;

export interface ExpiryWalkOptions {
  readonly database: Database;
  readonly outbox: { add(sql: Queryable, events: readonly WebhookEvent[]): Promise<void> };
}

/** Behind which token the walk goes on, in the order of their ends. */
interface Place {
  readonly at: Date;
  readonly id: string;
}

const start: Place = { at: new Date(0), id: '' };

/** The walk in the database: its lease, its place, and what has been warned of. */
export class PostgresExpiryWalk implements ExpiryWalk {
  readonly #options: ExpiryWalkOptions;

  constructor(options: ExpiryWalkOptions) {
    this.#options = options;
  }

  begin(): Promise<boolean> {
    return this.#options.database.query(async (sql) => {
      const begun = await sql`
        UPDATE token_expiry_walk SET begun_at = clock_timestamp()
        WHERE begun_at < clock_timestamp() - ${pauseSeconds} * interval '1 second'`;
      return begun.count === 1;
    });
  }

  async release(): Promise<void> {
    await this.#options.database.query((sql) => sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`);
  }

  advance({ nowMs, organizations, tell }: WalkStep): Promise<{ warned: number; isAtEnd: boolean }> {
    const { database, outbox } = this.#options;
    return database.transaction(async (sql) => {
      const [walk = {}] = await sql`SELECT after_at, after_id FROM token_expiry_walk FOR UPDATE`;
      const stored: Place = { at: new Date(instant(walk, 'after_at')), id: text(walk, 'after_id') };
      // What has ended meanwhile is passed over.
      const from = stored.at.getTime() < nowMs ? { at: new Date(nowMs), id: '' } : stored;
      const end = await pageEnd(sql, from, nowMs);
      const tokens = await mark(sql, { from, end, nowMs, organizations });
      await outbox.add(sql, tokens.map(tell));
      const last = tokens.length === pageWarnings ? tokens.at(-1) : undefined;
      const next = last === undefined ? end : { at: new Date(last.expiresAtMs), id: last.id };
      const { at, id } = next ?? start;
      await sql`UPDATE token_expiry_walk SET after_at = ${at}, after_id = ${id}`;
      return { warned: tokens.length, isAtEnd: next === undefined };
    });
  }
}

function horizon(nowMs: number): Date {
  return new Date(nowMs + Math.max(...warningDays) * dayMs);
}

/** The last token of a full page; undefined: the page is the last one. */
async function pageEnd(sql: Transaction, { at, id }: Place, nowMs: number): Promise<Place | undefined> {
  const [row] = await sql`
    SELECT expires_at, id FROM tokens
    WHERE kind = 'pat' AND revoked_at IS NULL AND (expires_at, id) > (${at}, ${id}) AND expires_at <= ${horizon(nowMs)}
    ORDER BY expires_at, id OFFSET ${pageTokens - 1} LIMIT 1`;
  return row && { at: new Date(instant(row, 'expires_at')), id: text(row, 'id') };
}

interface Stretch extends Pick<WalkStep, 'nowMs' | 'organizations'> {
  readonly from: Place;
  readonly end: Place | undefined;
}

/**
 * Marks the tokens of a stretch that have come within a threshold, in the order of their ends. A warning stands for the
 * wider thresholds too: whoever hears of one day need not hear of seven.
 */
async function mark(sql: Transaction, stretch: Stretch): Promise<readonly ExpiringToken[]> {
  const { from, end, nowMs } = stretch;
  const last = end ?? { at: horizon(nowMs), id: '~' };
  const organizations = stretch.organizations === undefined ? null : [...stretch.organizations];
  const rows = await sql`
    WITH near AS (
      SELECT t.id, t.name, t.user_id, t.expires_at, d.days
      FROM tokens t, LATERAL (
        SELECT min(days) AS days FROM unnest(${warningDays.map(String)}::text[]::integer[]) AS days
        WHERE t.expires_at <= ${new Date(nowMs)}::timestamptz + days * interval '1 day'
      ) d
      WHERE t.kind = 'pat' AND t.revoked_at IS NULL AND t.disabled_at IS NULL
        AND (t.expires_at, t.id) > (${from.at}, ${from.id}) AND (t.expires_at, t.id) <= (${last.at}, ${last.id})
        AND t.expires_at - t.created_at > ${shortLifeMs} * interval '1 millisecond'
    ), due AS (
      SELECT near.*, u.username, o.id AS organization_id, o.slug
      FROM near JOIN users u ON u.id = near.user_id JOIN organizations o ON o.id = u.organization_id
      WHERE u.status = 'active' AND o.status = 'active'
        AND (${organizations}::text[] IS NULL OR o.id = ANY (${organizations}::text[]) OR o.slug = ANY (${organizations}::text[]))
        AND NOT EXISTS (
          SELECT FROM token_expiry_warnings w
          WHERE w.token_id = near.id AND w.expires_at = near.expires_at AND w.days <= near.days)
      ORDER BY near.expires_at, near.id LIMIT ${pageWarnings}
    ), marked AS (
      INSERT INTO token_expiry_warnings (token_id, expires_at, days) SELECT id, expires_at, days FROM due
      ON CONFLICT DO NOTHING RETURNING token_id
    )
    SELECT due.* FROM due JOIN marked ON marked.token_id = due.id ORDER BY due.expires_at, due.id`;
  return rows.map(expiringToken);
}

function expiringToken(row: Row): ExpiringToken {
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    userId: text(row, 'user_id'),
    username: text(row, 'username'),
    organizationId: text(row, 'organization_id'),
    organizationSlug: text(row, 'slug'),
    expiresAtMs: instant(row, 'expires_at'),
    days: integer(row, 'days'),
  };
}
