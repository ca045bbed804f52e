import { withoutEnd, type AssumeSession, type AssumeWay } from '../core/assume.ts';
import type { Author } from '../core/audit.ts';
import { sessionEndOf } from '../core/assumption.ts';
import type { Principal } from '../core/principal.ts';
import type { SessionEnd } from '../core/session-end.ts';
import type { TokenPolicy, TokenRecord } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { ChangeLog, Queryable, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { instantOrNull, text, texts, type Row } from '../lib/row.ts';
import { sessionStarted } from './assume-audit.ts';
import { hasTooMany } from './postgres-open-sessions.ts';
import { endSessions, type Ending } from './postgres-session-end.ts';
import { sessionColumns, sessionTables } from './postgres-session-rows.ts';
import { assumeSessionOf } from './rows.ts';

export interface RedemptionStoreOptions {
  readonly changes: ChangeLog;
  readonly clock: Pick<Clock, 'now'>;
  /** Reads what is known about a token, within a transaction. */
  readonly readRecord: (sql: Queryable, hash: TokenHash) => Promise<TokenRecord | undefined>;
}

/** A session as it is to be opened. */
export interface Opening {
  readonly grantHash: TokenHash;
  readonly caller: Principal;
  readonly way: AssumeWay;
  readonly reason: string | undefined;
  readonly address: string;
  /** By which the session will be found. */
  readonly hash: TokenHash;
  readonly lastFour: string;
  /** Of a session that a header opens: how long it may be silent. */
  readonly idleMs: number;
  readonly policy: TokenPolicy;
  /** Whether assume-user tokens without end are taken. */
  readonly takesEndless: boolean;
  readonly author: Author;
}

/** The assume-user token that somebody wants to redeem, as far as a refusal is written down under it. */
export interface GrantRef {
  readonly id: string;
  readonly organizationId: string;
}

export type Opened =
  | { readonly kind: 'opened'; readonly session: AssumeSession; readonly record: TokenRecord }
  /** No assume-user token has this hash. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly grant: GrantRef; readonly why: RedemptionRefusal };

/** Why there is no session: it would be over already, or is one too many. */
export type RedemptionRefusal = SessionEnd | 'too_many_sessions';

/** Undoes the transaction in which a session turned out not to be possible. */
class NotPossible extends Error {
  readonly why: RedemptionRefusal;

  constructor(why: RedemptionRefusal) {
    super(why);
    this.why = why;
  }
}

/**
 * Opens sessions. A session is written first and then judged as each of its requests will be, with everything it rests
 * on locked; one that would be over already is undone.
 */
export class PostgresRedemption {
  readonly #options: RedemptionStoreOptions;

  constructor(options: RedemptionStoreOptions) {
    this.#options = options;
  }

  async open(opening: Opening): Promise<Opened> {
    const { changes } = this.#options;
    let grant: GrantRef | undefined;
    try {
      return await changes.as(opening.author).transact(async (sql, changed, audit) => {
        const nowMs = this.#options.clock.now();
        const row = await lockGrant(sql, opening);
        if (row === undefined) return { kind: 'unknown' };
        grant = { id: text(row, 'id'), organizationId: text(row, 'organization_id') };
        // Of one for a lifetime, an end is that of the token which issued it: it may be years away.
        const isEndless = row['expires_at'] === null || text(row, 'validity') === withoutEnd;
        if (!opening.takesEndless && isEndless) throw new NotPossible('grant_expired');
        const earlier = await this.#earlier(sql, opening, { nowMs, changed, audit });
        if (earlier !== undefined) return earlier;
        const isFull = await hasTooMany(sql, opening.caller.subject.id, grant.organizationId);
        if (isFull) throw new NotPossible('too_many_sessions');
        const id = await insertSession(sql, row, opening, nowMs);
        const record = await this.#options.readRecord(sql, opening.hash);
        const end = record?.assumption && sessionEndOf(record, record.assumption, nowMs, opening.policy);
        if (record === undefined || end !== undefined) throw new NotPossible(end ?? 'admin');
        const session = await readSession(sql, id);
        changed('secret', opening.hash);
        audit(sessionStarted(session));
        return { kind: 'opened', session, record };
      });
    } catch (error) {
      if (error instanceof NotPossible && grant !== undefined) return { kind: 'refused', grant, why: error.why };
      throw error;
    }
  }

  /** Moves the end of a silent session away: it has just been used. */
  async extend(sessionId: string, idleUntilMs: number): Promise<void> {
    await this.#options.changes.transact(async (sql, changed) => {
      const moved = await sql`
        UPDATE assume_sessions SET idle_until = ${new Date(idleUntilMs)}
        WHERE id = ${sessionId} AND ended_at IS NULL AND idle_until < ${new Date(idleUntilMs)}`;
      if (moved.count > 0) changed('token', sessionId);
    });
  }

  /**
   * What became of the session that the same header stood for before. One that goes on is it; one that a person has
   * ended stays ended; after any other end there may be a new one.
   */
  async #earlier(
    sql: Transaction,
    { hash, policy }: Opening,
    context: Pick<Ending, 'nowMs' | 'changed' | 'audit'>,
  ): Promise<Opened | undefined> {
    const [row] = await sql`SELECT token_id FROM token_secrets WHERE hash = ${hash} FOR UPDATE`;
    if (row === undefined) return undefined;
    const id = text(row, 'token_id');
    const record = await this.#options.readRecord(sql, hash);
    if (record?.assumption === undefined) throw new Error(`the session ${id} rests on nothing`);
    const why = sessionEndOf(record, record.assumption, context.nowMs, policy);
    if (why === undefined) return { kind: 'opened', session: await readSession(sql, id), record };
    if (why === 'actor' || why === 'admin') throw new NotPossible(why);
    await endSessions(sql, sql`s.id = ${id}`, { ...context, why, by: null });
    await sql`DELETE FROM token_secrets WHERE hash = ${hash}`;
    context.changed('token', id);
    return undefined;
  }
}

/**
 * Locks the actor's token and the assume-user token, so that neither ends without the session. The organisation of
 * whoever comes first is written down, where nobody was named.
 */
async function lockGrant(sql: Transaction, { grantHash, caller, way }: Opening): Promise<Row | undefined> {
  await sql`SELECT id FROM tokens WHERE id = ${caller.tokenId} FOR SHARE`;
  const [row] = await sql`SELECT * FROM assume_tokens WHERE hash = ${grantHash}`;
  if (row === undefined) return undefined;
  const isOpenToFirst = row['allowed_actors'] === null && row['first_actor_organization_id'] === null;
  if (isOpenToFirst) {
    await sql`
      UPDATE assume_tokens SET first_actor_organization_id = ${caller.subject.organization.id}
      WHERE hash = ${grantHash} AND first_actor_organization_id IS NULL`;
  }
  // One header stands for one session, so those who come with one come in turn.
  const strength = way === 'header' ? sql`FOR NO KEY UPDATE` : sql`FOR SHARE`;
  const [locked] = await sql`SELECT * FROM assume_tokens WHERE hash = ${grantHash} ${strength}`;
  return locked;
}

async function insertSession(sql: Transaction, grant: Row, opening: Opening, nowMs: number): Promise<string> {
  const { caller, way, reason = null, address, hash, policy } = opening;
  const now = new Date(nowMs);
  const id = newId('ase', nowMs);
  const end = Math.min(
    nowMs + policy.sessionMaxMs,
    instantOrNull(grant, 'expires_at') ?? Infinity,
    caller.expiresAt ?? Infinity,
  );
  const home = text(grant, 'organization_id');
  const subject = text(grant, 'subject_id');
  const actor = caller.subject;
  await sql`
    INSERT INTO tokens (
      id, kind, organization_id, user_id, parent_id, name, holds_name, scopes, expires_at,
      created_at, created_by, changed_at, changed_by)
    VALUES (
      ${id}, 'ses', ${home}, ${subject}, ${caller.tokenId}, ${`session ${id}`}, false,
      ${[...texts(grant, 'scopes')]}::text[], ${new Date(end)}, ${now}, ${actor.id}, ${now}, ${actor.id})`;
  await sql`
    INSERT INTO token_secrets (hash, token_id, last_four, valid_from)
    VALUES (${hash}, ${id}, ${opening.lastFour}, ${now})`;
  await sql`
    INSERT INTO assume_sessions (
      id, assume_token_id, organization_id, subject_id, actor_id, actor_organization_id, actor_token_id, way, reason,
      address, started_at, idle_until)
    VALUES (
      ${id}, ${text(grant, 'id')}, ${home}, ${subject}, ${actor.id}, ${actor.organization.id}, ${caller.tokenId}, ${way},
      ${reason}, ${address}, ${now}, ${way === 'header' ? new Date(nowMs + opening.idleMs) : null})`;
  return id;
}

async function readSession(sql: Transaction, id: string): Promise<AssumeSession> {
  const [row] = await sql`SELECT ${sessionColumns(sql)} FROM ${sessionTables(sql)} WHERE s.id = ${id}`;
  return assumeSessionOf(row ?? {});
}
