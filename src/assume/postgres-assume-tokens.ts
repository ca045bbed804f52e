import type { AssumeTokens, NewAssumeToken } from '../admin-api/ports/assume.ts';
import type { AssumeToken, AssumeTokenState } from '../core/assume.ts';
import type { Page } from '../core/directory.ts';
import type { ChangeLog, Database, Fragment, Queryable } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { assumeTokenCreated, assumeTokenEnded } from './assume-audit.ts';
import { endSessions } from './postgres-session-end.ts';
import { assumeTokenOf } from './rows.ts';

export interface AssumeStoreOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Pick<Clock, 'now'>;
}

/** The assume-user tokens in the database. */
export class PostgresAssumeTokens implements AssumeTokens {
  readonly #options: AssumeStoreOptions;

  constructor(options: AssumeStoreOptions) {
    this.#options = options;
  }

  create(input: NewAssumeToken): Promise<AssumeToken | undefined> {
    const { changes, clock } = this.#options;
    const now = new Date(clock.now());
    const id = newId('asm', now.getTime());
    const { organizationId, issuerId, subjectId, allowedActors } = input;
    const expiresAt = input.expiresAt === null ? null : new Date(input.expiresAt);
    return changes.transact(async (sql, _, audit) => {
      const people = await sql`
        SELECT id FROM users
        WHERE organization_id = ${organizationId} AND id = ANY (${[issuerId, subjectId]}::text[]) AND deleted_at IS NULL
        FOR KEY SHARE`;
      if (people.length !== new Set([issuerId, subjectId]).size) return undefined;
      await sql`
        INSERT INTO assume_tokens (
          id, organization_id, issuer_id, subject_id, hash, last_four, scopes, allowed_actors, read_only, reason,
          validity, created_at, expires_at)
        VALUES (
          ${id}, ${organizationId}, ${issuerId}, ${subjectId}, ${input.hash}, ${input.lastFour},
          ${[...input.scopes]}::text[], ${allowedActors === null ? null : [...allowedActors]}::text[],
          ${input.readOnly}, ${input.reason}, ${input.validity}, ${now}, ${expiresAt})`;
      const [row] = await sql`SELECT ${columns(sql)} FROM ${tables(sql)} WHERE g.id = ${id}`;
      const token = assumeTokenOf(row ?? {}, now.getTime());
      audit(assumeTokenCreated(token));
      return token;
    });
  }

  find(organizationId: string, id: string): Promise<AssumeToken | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`
        SELECT ${columns(sql)} FROM ${tables(sql)}
        WHERE g.organization_id = ${organizationId} AND g.id = ${id} AND g.deleted_at IS NULL`;
      return row && assumeTokenOf(row, this.#options.clock.now());
    });
  }

  list(organizationId: string, state: AssumeTokenState | undefined, page: PageRequest): Promise<Page<AssumeToken>> {
    const nowMs = this.#options.clock.now();
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT ${columns(sql)} FROM ${tables(sql)}
        WHERE g.organization_id = ${organizationId} AND g.deleted_at IS NULL AND g.id < ${idBefore(page)}
          ${state === undefined ? sql`` : inState(sql, state, nowMs)}
        ORDER BY g.id DESC LIMIT ${page.limit + 1}`;
      return pageOf(
        rows.map((row) => assumeTokenOf(row, nowMs)),
        page.limit,
      );
    });
  }

  expire(organizationId: string, id: string, by: string): Promise<AssumeToken | undefined> {
    return this.#end(organizationId, id, { by, how: 'expire' });
  }

  remove(organizationId: string, id: string, by: string): Promise<AssumeToken | undefined> {
    return this.#end(organizationId, id, { by, how: 'delete' });
  }

  /** Whoever redeems it waits for the lock, and then finds it ended. */
  #end(organizationId: string, id: string, { by, how }: End): Promise<AssumeToken | undefined> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    const now = new Date(nowMs);
    return changes.transact(async (sql, changed, audit) => {
      const found = sql`g.organization_id = ${organizationId} AND g.id = ${id} AND g.deleted_at IS NULL`;
      await sql`SELECT id FROM assume_tokens g WHERE ${found} FOR UPDATE`;
      const [row] = await sql`SELECT ${columns(sql)} FROM ${tables(sql)} WHERE ${found}`;
      if (row === undefined) return undefined;
      const before = assumeTokenOf(row, nowMs);
      const isOver = how === 'expire' && before.state === 'expired';
      if (!isOver) {
        await sql`
          UPDATE assume_tokens SET ${
            how === 'delete'
              ? sql`deleted_at = ${now}, deleted_by = ${by}`
              : sql`expires_at = least(expires_at, ${now}), expired_by = ${by}`
          } WHERE id = ${id}`;
      }
      const why = how === 'delete' ? 'grant_deleted' : 'grant_expired';
      const ended = await endSessions(sql, sql`s.assume_token_id = ${id}`, { why, by, nowMs, changed, audit });
      if (!isOver) {
        const ids = ended.map((session) => session.id);
        audit(assumeTokenEnded(`assume_token.${how}`, before, ids));
      }
      // An earlier call may have ended it without being able to say so, and caches must follow that one too.
      changed('assume_token', id);
      if (how === 'delete') return { ...before, openSessions: 0 };
      const [after] = await sql`SELECT ${columns(sql)} FROM ${tables(sql)} WHERE g.id = ${id}`;
      return assumeTokenOf(after ?? {}, nowMs);
    });
  }
}

interface End {
  readonly by: string;
  readonly how: 'expire' | 'delete';
}

function columns(sql: Queryable): Fragment {
  return sql`
    g.*, issuer.username AS issuer_username, subject.username AS subject_username,
    o.id AS issuer_organization_id, o.slug AS issuer_organization_slug,
    o.id AS subject_organization_id, o.slug AS subject_organization_slug,
    (SELECT count(*) FROM assume_sessions s WHERE s.assume_token_id = g.id AND s.ended_at IS NULL)::float8
      AS open_sessions`;
}

function tables(sql: Queryable): Fragment {
  return sql`
    assume_tokens g
    JOIN users issuer ON issuer.id = g.issuer_id
    JOIN users subject ON subject.id = g.subject_id
    JOIN organizations o ON o.id = g.organization_id`;
}

function inState(sql: Queryable, state: AssumeTokenState, nowMs: number): Fragment {
  const expired = sql`(g.expired_by IS NOT NULL OR coalesce(g.expires_at, 'infinity') <= ${new Date(nowMs)})`;
  return state === 'expired' ? sql`AND ${expired}` : sql`AND NOT ${expired}`;
}
